import assert from "node:assert/strict";
import { Claims } from "../../src/agent/claims.ts";
import { explore } from "../../src/agent/explore.ts";
import { boundedGround } from "../../src/agent/ground.ts";
import type { Eyes } from "../../src/agent/look.ts";
import { Blackboard } from "../../src/map/blackboard.ts";
import type { TiltedPose } from "../../src/geometry/pose.ts";
import type { ClaimViews, Policy, Verdict } from "../../src/policy/policy.ts";
import { verify } from "../../src/agent/verify.ts";
import { bounds, collect, fakeLook } from "./fakes.ts";

const SIZE = 32;
const POST: readonly [number, number] = [3, 0];
const FOV = 60;
const { signal } = new AbortController();

/** Eyes in an empty hall with one post of 0.6 m width at (3, 0). */
function hall(seen: TiltedPose[]): Eyes {
  return (pose) => {
    seen.push(pose);
    const depth = new Float32Array(SIZE * SIZE);
    const yaw = pose.yaw * Math.PI / 180;
    const [dx, dy] = [POST[0] - pose.x, POST[1] - pose.y];
    const ahead = dx * Math.cos(yaw) + dy * Math.sin(yaw);
    const left = -dx * Math.sin(yaw) + dy * Math.cos(yaw);
    const focal = SIZE / 2 / Math.tan(FOV * Math.PI / 360);
    for (let i = 0; i < depth.length; i++) {
      const aside = (i % SIZE + 0.5 - SIZE / 2) / focal * ahead;
      depth[i] = ahead > 0 && Math.abs(aside + left) < 0.3 ? ahead : 9;
    }
    const look = fakeLook(pose);
    return Promise.resolve({
      ...look,
      view: { ...look.view, width: SIZE, height: SIZE, depth },
    });
  };
}

/** Claims the post at every step; checks answer `verdicts` in turn. */
function claimant(verdicts: Verdict[], asked: ClaimViews[]): Policy {
  return {
    decide: () =>
      Promise.resolve({
        action: "found",
        description: "The post.",
        box: [0.4, 0.2, 0.6, 0.8],
      }),
    verify: (claim) => {
      asked.push(claim);
      return Promise.resolve(verdicts.shift()!);
    },
  };
}

async function claimAll(
  verdicts: Verdict[],
  { claims = new Claims(new Blackboard(bounds), true), maxSteps = 3, policy }: {
    claims?: Claims;
    maxSteps?: number;
    policy?: Policy;
  } = {},
): Promise<{
  events: Awaited<ReturnType<typeof collect>>;
  asked: ClaimViews[];
  seen: TiltedPose[];
}> {
  const [asked, seen]: [ClaimViews[], TiltedPose[]] = [[], []];
  const events = await collect(explore({
    agentId: 0,
    start: { x: 0, y: 0, z: 0, yaw: 0 },
    maxSteps,
    eyes: hall(seen),
    makePolicy: () => policy ?? claimant(verdicts, asked),
    bounds,
    ground: () => Promise.resolve(boundedGround(bounds)),
    claims,
    fov: FOV,
    claimWin: () => true,
    signal: new AbortController().signal,
  }));
  return { events, asked, seen };
}

Deno.test("a confirmed claim was looked at from two nearer sides and tells the place", async () => {
  const { events, asked, seen } = await claimAll([
    { confirmed: true, evidence: "a post" },
  ]);
  assert.equal(asked.length, 1);
  const { pictures } = asked[0]!;
  assert.equal(pictures.length, 2);
  for (const { pose } of pictures) {
    const distance = Math.hypot(POST[0] - pose.x, POST[1] - pose.y);
    assert.ok(distance > 0.8 && distance < 2.3, `looked from ${distance} m`);
  }
  assert.equal(seen.length, 3);
  const found = events.at(-1) as { type: string; description: string };
  assert.equal(found.type, "agent_found");
  assert.match(found.description, /^The post\. At \(\d\.\d\d, -?0\.0\d, /);
  assert.match(found.description, /3\.0 m ahead of the agent's start\.$/);
});

Deno.test("a check looks through no wall", async () => {
  const seen: TiltedPose[] = [];
  const eyes = hall(seen);
  const asked: ClaimViews[] = [];
  const policy = claimant([{ confirmed: true, evidence: "" }], asked);
  const claim = {
    agentId: 0,
    look: await eyes({ x: 0, y: 0, z: 0, yaw: 0 }, signal),
    description: "The post.",
    box: [0.4, 0.2, 0.6, 0.8],
  } as const;
  await verify(claim, { verify: policy.verify!.bind(policy) }, {
    // Left of the line of sight there is a wall 0.35 m before the post.
    eyes: async (pose) => {
      const look = await eyes(pose, signal);
      if (pose.y <= 0.1) return look;
      const depth = look.view.depth.map((metres) => metres - 0.35);
      return { ...look, view: { ...look.view, depth } };
    },
    fov: FOV,
    isFree: () => Promise.resolve(true),
    signal,
  });
  const [{ pictures }] = asked as [ClaimViews];
  assert.equal(pictures.length, 2);
  for (const { pose } of pictures) assert.ok(pose.y <= 0.1, `${pose.y}`);
});

Deno.test("a refuted claim is a step with action move, and looks and calls of the check are no steps", async () => {
  const { events, asked } = await claimAll([
    { confirmed: false, evidence: "it is a coat stand" },
    { confirmed: true, evidence: "yes" },
  ], { maxSteps: 1 });
  assert.equal(asked.length, 1);
  const [, step, done] = events as {
    type: string;
    action: string;
    reasoning: string;
    steps: number;
  }[];
  assert.equal(step!.type, "agent_step");
  assert.equal(step!.action, "move");
  assert.match(step!.reasoning, /refutes.*it is a coat stand/);
  assert.equal(done!.type, "agent_done");
  assert.equal(done!.steps, 1);
});

Deno.test("where nobody can stand nearer, it is looked at straight from the same place", async () => {
  const seen: TiltedPose[] = [];
  const eyes = hall(seen);
  const pose = { x: 1.5, y: 0, z: 0, yaw: 15 };
  const asked: ClaimViews[] = [];
  await verify(
    {
      agentId: 0,
      look: await eyes(pose, signal),
      description: "The post.",
      box: [0.5, 0.2, 0.9, 0.8],
    },
    { verify: claimant([{ confirmed: true, evidence: "" }], asked).verify! },
    { eyes, fov: FOV, isFree: () => Promise.resolve(false), signal },
  );
  const [{ pictures }] = asked as [ClaimViews];
  assert.equal(pictures.length, 1);
  const { x, y, yaw } = pictures[0]!.pose;
  assert.deepEqual([x, y], [1.5, 0]);
  assert.ok(Math.abs(yaw - 15) > 10, `looks at ${yaw} degrees`);
});

Deno.test("what was refuted is not asked about again by any agent of the team", async () => {
  const claims = new Claims(new Blackboard(bounds), true);
  const first = await claimAll([{ confirmed: false, evidence: "no" }], {
    claims,
    maxSteps: 1,
  });
  const second = await claimAll([], { claims, maxSteps: 1 });
  assert.equal(first.asked.length, 1);
  assert.equal(second.asked.length, 0);
  assert.equal((second.events[1] as { action: string }).action, "move");
});

Deno.test("without verification a claim stands as it is", async () => {
  const { events, asked } = await claimAll([], {
    claims: new Claims(new Blackboard(bounds), false),
  });
  assert.equal(asked.length, 0);
  assert.equal((events.at(-1) as { type: string }).type, "agent_found");
});

Deno.test("what is sighted on the way is on the blackboard, where depth puts it", async () => {
  const board = new Blackboard(bounds);
  const policy: Policy = {
    decide: ({ pose }) =>
      Promise.resolve({
        action: "move",
        pose,
        reasoning: "Perhaps.",
        sighting: { description: "a post", box: [0.4, 0.2, 0.6, 0.8] },
      }),
  };
  await claimAll([], { claims: new Claims(board, true), maxSteps: 1, policy });
  const [{ agentId, position, words }] = board.sightings as [
    Blackboard["sightings"][0],
  ];
  assert.deepEqual([agentId, words], [0, "a post"]);
  assert.ok(Math.hypot(position[0] - POST[0], position[1] - POST[1]) < 0.3);

  // Always from the same side.
  const known = new Blackboard(bounds);
  known.refute({ agentId: 1, position, words: "a lamp post" });
  await claimAll([], { claims: new Claims(known, true), maxSteps: 1, policy });
  assert.deepEqual(known.sightings, [], "what was refuted is sighted no more");
});

Deno.test("what was refuted is claimed once more if it is sighted from two other sides", async () => {
  const board = new Blackboard(bounds);
  const claims = new Claims(board, true);
  const no = { confirmed: false, evidence: "no" };
  const claim = async (verdicts: Verdict[]): Promise<number> =>
    (await claimAll(verdicts, { claims, maxSteps: 1 })).asked.length;
  const eyes = hall([]);
  const sight = async (x: number, y: number, yaw: number): Promise<void> =>
    claims.sight({
      agentId: 0,
      look: await eyes({ x, y, z: 0, yaw }, signal),
      description: "a post",
      box: [0.4, 0.2, 0.6, 0.8],
    }, FOV);
  assert.equal(await claim([no]), 1);
  await sight(3, -3, 90);
  await sight(3.2, -3, 93);
  assert.equal(await claim([]), 0, "one side is not enough");
  assert.deepEqual(board.sightings, []);
  await sight(3, 3, 270);
  assert.equal(board.sightings.length, 1);
  assert.equal(await claim([no]), 1, "two are");
  for (const [x, y, yaw] of [[3, -3, 90], [3, 3, 270], [0, 0, 0]] as const) {
    await sight(x, y, yaw);
  }
  assert.equal(await claim([]), 0, "it is refuted for good");
});

Deno.test("whoever claimed what was refuted is told so at its next step", async () => {
  const notes: (string | undefined)[] = [];
  const { decide, verify } = claimant(
    [{ confirmed: false, evidence: "Only a lamp." }],
    [],
  );
  const policy: Policy = {
    decide: (observation, signal) => {
      notes.push(observation.note);
      return decide(observation, signal);
    },
    verify: verify!,
  };
  await claimAll([], { maxSteps: 2, policy });
  assert.equal(notes[0], undefined);
  assert.match(
    notes[1]!,
    /^Your claim "The post\." was .* refuted: Only a lamp\. Do not claim it again/,
  );
});

Deno.test("an agent that has ended takes no place from others", async () => {
  const board = new Blackboard(bounds);
  const policy: Policy = {
    decide: () => {
      board.claimGoal(0, { x: 1, y: 1 });
      return Promise.reject(new Error("The model is gone."));
    },
  };
  await claimAll([], { claims: new Claims(board, true), policy });
  assert.deepEqual(board.goalsOfOthers(1), []);
});
