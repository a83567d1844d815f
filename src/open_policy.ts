/**
 * Who decides: the model of an endpoint, a recording of one, or the baseline.
 *
 * @module
 */

import { type Config, UsageError } from "./config/mod.ts";
import type { PolicyFactory } from "./policy/policy.ts";
import type { VlmAnswer, VlmClient } from "./vlm/client.ts";

/** How often a person is told that an endpoint is still waited for, seconds. */
const WAITING_NOTICES = 10;

/** Options of {@linkcode openPolicy}. */
export interface OpenPolicyOptions {
  /** Told one line each for people: what is waited for, retried or given up. */
  readonly onNotice: (line: string) => void;
  /** Told of each answer of the model, in the asynchronous context of who asked. */
  readonly onAnswer?: (answer: VlmAnswer) => void;
  /** Gives up; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** Who decides in a run. */
export interface PolicyOfRun {
  /** Makes the policy of an agent. */
  readonly makePolicy: PolicyFactory;
  /** The model that decides: its readiness and what it has cost; none for policies without one. */
  readonly vlm: VlmClient | undefined;
}

/** A policy and the model behind it. */
export interface OpenPolicy extends PolicyOfRun, AsyncDisposable {
  /**
   * The policy and the model for one run of many: what the model costs is
   * counted for it alone, too, and its exchanges are kept where `record` says.
   */
  readonly ofOneRun: (options?: { readonly record?: string }) => PolicyOfRun;
}

/** A policy by its name. */
export type PolicyKind = NonNullable<Config["policy"]>;

/**
 * The policy that `config` asks for.
 *
 * @throws {UsageError} If a model is to decide and there is none.
 */
export function policyKind({ policy, baseUrl, replay }: Config): PolicyKind {
  const hasModel = baseUrl !== undefined || replay !== undefined;
  if (policy === "vlm" && !hasModel) {
    throw new UsageError(
      "Cannot ask a model as there is no endpoint: give --base-url URL or set VLLM_BASE_URL",
    );
  }
  return policy ?? (hasModel ? "vlm" : "baseline");
}

/**
 * Opens the policy `kind` as `config` says.
 *
 * @throws What connecting to a model, or reading a recording, throws.
 */
export async function openPolicy(
  kind: PolicyKind,
  config: Config,
  { onNotice, onAnswer, signal }: OpenPolicyOptions,
): Promise<OpenPolicy> {
  const { baseUrl, replay } = config;
  if (kind === "baseline") {
    if (config.policy === undefined) {
      onNotice(
        "no VLM endpoint (--base-url or VLLM_BASE_URL): the baseline policy searches by colour and size alone",
      );
    }
    const { makeBaselinePolicy } = await import("./policy/baseline_policy.ts");
    const policy = { makePolicy: makeBaselinePolicy, vlm: undefined };
    return {
      ...policy,
      ofOneRun: () => policy,
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const [{ VlmClient }, { makeVlmPolicy }, { parseHistoryLimit }] =
    await Promise.all([
      import("./vlm/client.ts"),
      import("./policy/vlm_policy.ts"),
      import("./policy/history.ts"),
    ]);
  const { stepTimeout, thinking, temperature, actions } = config;
  const shared = {
    stepTimeout,
    thinking,
    onNotice,
    ...(onAnswer === undefined ? {} : { onAnswer }),
  };
  const client = replay === undefined
    ? VlmClient.connect({
      ...shared,
      baseUrl: baseUrl!,
      model: config.model,
      apiKey: config.apiKey,
      headers: config.header,
      record: config.record,
    })
    : VlmClient.replay(await readExchanges(replay), shared);
  if (config.wait > 0) {
    let told = -Infinity;
    await client.waitUntilReady({
      seconds: config.wait,
      signal,
      onWaiting: (reason, waited) => {
        if (waited - told < WAITING_NOTICES) return;
        told = waited;
        onNotice(
          `waiting for the endpoint (${Math.round(waited)} s): ${reason}`,
        );
      },
    }).catch((fault) => {
      signal.throwIfAborted();
      onNotice(`no longer waiting: ${(fault as Error).message}`);
    });
  }
  const policyOf = (vlm: VlmClient): PolicyOfRun => ({
    makePolicy: makeVlmPolicy(vlm, {
      history: parseHistoryLimit(config.history),
      temperature,
      actions,
    }),
    vlm,
  });
  return {
    ...policyOf(client),
    ofOneRun: (options) => policyOf(client.ofOneRun(options)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** @throws {UsageError} If there is no such file, or it cannot be read. */
async function readExchanges(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new UsageError(`Cannot replay ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
