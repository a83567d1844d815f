import assert from "node:assert/strict";
import { validateSettings } from "npm:@playcanvas/supersplat-viewer@1.36.2/settings";
import { cameraAtPose } from "../../src/render/camera.ts";
import { looksOf } from "../../src/results/run_record.ts";
import { supersplatSettingsOf } from "../../src/results/supersplat.ts";
import { frame, recordedRun } from "./recorded.ts";

const record = recordedRun({ reasoning: "long ".repeat(200) });
const looks = looksOf(record).filter(({ agentId }) => agentId === 1);

interface Settings {
  readonly animTracks: {
    readonly keyframes: {
      readonly times: number[];
      readonly values: {
        readonly position: number[];
        readonly target: number[];
      };
    };
  }[];
  readonly annotations: { readonly title: string }[];
}

function settingsOf(count: number, query = record.query): Settings {
  return supersplatSettingsOf(
    Array.from({ length: count }, (_, i) => looks[i % looks.length]!),
    {
      frame,
      query,
      found: { position: [-1.46, 0.41, -0.99], text: "A red chair." },
    },
  ) as Settings;
}

Deno.test("supersplatSettingsOf: the viewer's own check passes, its authoring limits too", () => {
  for (const count of [0, 1, 2, 100]) {
    validateSettings(settingsOf(count, "find the chair ".repeat(60)), {
      limits: true,
    });
  }
});

Deno.test("supersplatSettingsOf: keys lie where the looks were, turned by 180 degrees about z", () => {
  const { animTracks: [track], annotations } = settingsOf(looks.length);
  const { times, values } = track!.keyframes;
  assert.deepEqual(times, [0, 45]);
  for (const [i, { pose }] of looks.entries()) {
    const { position, rotation } = cameraAtPose(frame, pose, {
      width: 64,
      height: 64,
    });
    const [x, y, z] = values.position.slice(3 * i, 3 * i + 3);
    const file = [-x!, -y!, z!];
    const [tx, ty, tz] = values.target.slice(3 * i, 3 * i + 3);
    const ahead = [-tx! - file[0]!, -ty! - file[1]!, tz! - file[2]!];
    const length = Math.hypot(...ahead);
    for (const axis of [0, 1, 2]) {
      assert.ok(Math.abs(file[axis]! - position[axis]!) < 1e-9);
      assert.ok(
        Math.abs(ahead[axis]! / length - rotation[6 + axis]!) < 1e-9,
      );
    }
  }
  assert.equal(annotations[0]!.title, record.query);
  assert.equal(annotations.length, 1 + looks.length);
});
