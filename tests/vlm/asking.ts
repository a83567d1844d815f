/**
 * What tests of the model side share: a picture, an observation, an agent that
 * asks the fake server.
 *
 * @module
 */

import {
  makeVlmPolicy,
  type VlmPolicyOptions,
} from "../../src/policy/vlm_policy.ts";
import type { Decision, Observation, Policy } from "../../src/policy/policy.ts";
import { type ConnectOptions, VlmClient } from "../../src/vlm/client.ts";
import {
  type FakeVllm,
  startFakeVllm,
  type StartFakeVllmOptions,
} from "../fake_vllm/fake_vllm.ts";

/** A grey PNG of 32x32 pixels. */
export const PICTURE: Uint8Array<ArrayBuffer> = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAAAAABWESUoAAAAFklEQVR4nGNoIAAYRhWMKhhVMFIVAABCAAAfNUt+NwAAAABJRU5ErkJggg==",
);

/** What an agent sees at `step`. */
export function observationAt(
  step: number,
  fields: Partial<Observation> = {},
): Observation {
  return {
    image: { width: 32, height: 32, data: new Uint8Array(32 * 32 * 4) },
    png: () => Promise.resolve(PICTURE),
    depth: new Float32Array(32 * 32),
    fov: 75,
    pose: { x: 1, y: 2, z: 0, yaw: 90 },
    bounds: { min: [-5, -5, -1], max: [5, 5, 1] },
    step,
    totalSteps: 15,
    ...fields,
  };
}

/** How to set up {@linkcode withAgent}. */
export interface AgentOptions {
  readonly server?: StartFakeVllmOptions;
  readonly client?: Partial<ConnectOptions>;
  readonly policy?: VlmPolicyOptions;
}

/** What a test gets. */
export interface AskingAgent {
  readonly fake: FakeVllm;
  readonly client: VlmClient;
  readonly policy: Policy;
  /** Lines that a person would see. */
  readonly notices: string[];
  /** Takes step number `step`. */
  decide(step: number, signal?: AbortSignal): Promise<Decision>;
}

/** Runs `test` with a fake server and agent 0 that asks it. */
export async function withAgent(
  { server, client: clientOptions, policy: policyOptions }: AgentOptions,
  test: (agent: AskingAgent) => Promise<void>,
): Promise<void> {
  await using fake = await startFakeVllm(server);
  const notices: string[] = [];
  await using client = VlmClient.connect({
    baseUrl: fake.url,
    stepTimeout: 10_000,
    onNotice: (line) => notices.push(line),
    ...clientOptions,
  });
  const policy = makeVlmPolicy(client, policyOptions)({
    query: "the red chair",
    agentId: 0,
    numAgents: 1,
    seed: 7,
  });
  const decide = (
    step: number,
    signal = new AbortController().signal,
  ): Promise<Decision> => policy.decide(observationAt(step), signal);
  await test({ fake, client, policy, notices, decide });
}
