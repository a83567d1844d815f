/**
 * Traces, by the names of OpenTelemetry's conventions for generative AI. The
 * runtime exports them if `OTEL_DENO=true` asks for it, and adds its own spans
 * of requests and fetches; otherwise every call here does nothing.
 *
 * ```
 * invoke_workflow search         a session
 * ├ invoke_agent explorer        an agent
 * │ └ decide, verify             a decision, a check of a find
 * │   └ chat <model>             an answer of the model, with its tokens
 * └ render                       a view, its wait for the renderer included
 * ```
 *
 * @module
 */

import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { AgentEvent } from "../events/event.ts";
import type { RunRequest } from "../run.ts";
import type { VlmAnswer } from "../vlm/client.ts";

const tracer = trace.getTracer("splatscout");

/** The spans of one session. */
export class SessionTrace {
  readonly #conversation: Attributes;
  readonly #root: Span;
  readonly #context: Context;
  readonly #agents = new Map<number, Span>();

  /** Begins the session's span. */
  constructor(sessionId: string, { numAgents, maxSteps }: RunRequest) {
    this.#conversation = { "gen_ai.conversation.id": sessionId };
    this.#root = tracer.startSpan("invoke_workflow search", {
      attributes: {
        ...this.#conversation,
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "search",
        "splatscout.agents": numAgents,
        "splatscout.max_steps": maxSteps,
      },
    }, ROOT_CONTEXT);
    this.#context = trace.setSpan(ROOT_CONTEXT, this.#root);
  }

  /** Passes the session's events on; agents' spans begin and end with them. */
  async *follow(
    events: AsyncIterable<AgentEvent>,
  ): AsyncGenerator<AgentEvent> {
    try {
      for await (const event of events) {
        this.#note(event);
        yield event;
      }
    } catch (error) {
      fail(this.#root, error);
      throw error;
    } finally {
      for (const span of this.#agents.values()) span.end();
      this.#root.end();
    }
  }

  /** Does `work` in a span of its own, below the agent's or else the session's. */
  async within<Result>(
    name: string,
    agentId: number | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const agent = agentId === undefined ? undefined : this.#agents.get(agentId);
    const parent = agent === undefined
      ? this.#context
      : trace.setSpan(this.#context, agent);
    const span = tracer.startSpan(name, {}, parent);
    try {
      return await context.with(trace.setSpan(parent, span), work);
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  #note(event: AgentEvent): void {
    if (event.type === "session_complete") {
      const { winner_agent_id } = event;
      this.#root.setAttribute("splatscout.found", winner_agent_id !== null);
      return;
    }
    if (event.agent_id === undefined) return;
    const span = this.#agents.get(event.agent_id);
    switch (event.type) {
      case "agent_started":
        this.#agents.set(event.agent_id, this.#startAgent(event.agent_id));
        break;
      case "agent_step":
        span?.addEvent("agent_step", {
          "splatscout.step": event.step,
          "splatscout.action": event.action,
        });
        break;
      case "error":
        span?.setStatus({ code: SpanStatusCode.ERROR, message: event.message });
        span?.end();
        break;
      case "agent_found":
      case "agent_done":
        span?.setAttributes({
          "splatscout.steps": event.steps,
          "splatscout.found": event.type === "agent_found",
        });
        span?.end();
    }
  }

  #startAgent(agentId: number): Span {
    return tracer.startSpan("invoke_agent explorer", {
      attributes: {
        ...this.#conversation,
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "explorer",
        "gen_ai.agent.id": `${agentId}`,
      },
    }, this.#context);
  }
}

/** A span for an answer of the model, below the span in which it was asked for. */
export function traceAnswer(
  { model, usage, finish, milliseconds }: VlmAnswer,
): void {
  tracer.startSpan(`chat ${model}`, {
    kind: SpanKind.CLIENT,
    startTime: Date.now() - milliseconds,
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "vllm",
      "gen_ai.request.model": model,
      "gen_ai.response.finish_reasons": [finish],
      "gen_ai.usage.input_tokens": usage.prompt,
      "gen_ai.usage.cache_read.input_tokens": usage.cached,
      "gen_ai.usage.output_tokens": usage.completion,
    },
  }).end();
}

function fail(span: Span, error: unknown): void {
  const { name, message } = error as Error;
  span.setAttribute("error.type", name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
