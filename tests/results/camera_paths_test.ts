import assert from "node:assert/strict";
import { cameraAtPose } from "../../src/render/camera.ts";
import { readTransforms } from "../../src/render/camera_file.ts";
import { csvOf, transformsOf, tumOf } from "../../src/results/camera_paths.ts";
import { looksOf } from "../../src/results/run_record.ts";
import { frame, recordedRun } from "./recorded.ts";

const size = { width: 320, height: 240 };

Deno.test("transformsOf: the program's own reader sees the cameras of the looks", () => {
  const looks = looksOf(recordedRun());
  const text = JSON.stringify(transformsOf(looks, {
    frame,
    ...size,
    pathOf: ({ agentId, step }) => `views/${agentId}-${step}.png`,
  }));
  const { cameras, warnings } = readTransforms(text, { name: "t.json" });
  assert.deepEqual(warnings, []);
  assert.deepEqual(cameras.map(({ filePath }) => filePath), [
    "views/0-0.png",
    "views/1-0.png",
    "views/0-1.png",
    "views/1-1.png",
  ]);
  for (const [i, { camera }] of cameras.entries()) {
    const expected = cameraAtPose(frame, looks[i]!.pose, size);
    assert.equal(camera.width, size.width);
    assert.equal(camera.height, size.height);
    for (const key of ["fx", "fy", "cx", "cy"] as const) {
      assert.ok(Math.abs(camera[key] - expected[key]) < 1e-9, key);
    }
    for (const key of ["rotation", "position"] as const) {
      for (const [at, value] of camera[key].entries()) {
        assert.ok(Math.abs(value - expected[key][at]!) < 1e-9, key);
      }
    }
  }
});

Deno.test("csvOf: a line a look; what a model says stays one inert field", () => {
  const reasoning = '=HYPERLINK("http://x"),\n2';
  const text = csvOf(looksOf(recordedRun({ reasoning })));
  assert.match(
    text,
    /^agent_id,step,time_s,x_m,y_m,z_m,yaw_deg,action,reasoning\n/,
  );
  assert.ok(text.includes(`"'=HYPERLINK(""http://x""),\n2"`));
  assert.ok(text.includes("1,1,2.500,-2,-1,0.25,301.5,found,"));
});

Deno.test("tumOf: unit quaternions whose x axis points along yaw", () => {
  const looks = looksOf(recordedRun());
  const rows = tumOf(looks).trim().split("\n").slice(1)
    .map((line) => line.split(" ").map(Number));
  assert.equal(rows.length, 4);
  for (const [i, [time, x, y, z, qx, qy, qz, qw]] of rows.entries()) {
    const { pose, at } = looks[i]!;
    assert.deepEqual([time, x, y, z], [at / 1000, pose.x, pose.y, pose.z]);
    assert.ok(Math.abs(Math.hypot(qx!, qy!, qz!, qw!) - 1) < 1e-6);
    const ahead = [1 - 2 * (qy! ** 2 + qz! ** 2), 2 * (qx! * qy! + qz! * qw!)];
    const yaw = pose.yaw * Math.PI / 180;
    assert.ok(Math.abs(ahead[0]! - Math.cos(yaw)) < 1e-6);
    assert.ok(Math.abs(ahead[1]! - Math.sin(yaw)) < 1e-6);
  }
});
