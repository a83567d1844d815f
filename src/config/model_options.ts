/**
 * Who decides, and how a model is asked.
 *
 * @module
 */

import { z } from "zod";
import { asks, decides, option, runs } from "./option.ts";
import { duration, number, text, toggle } from "./values.ts";

/** By the name under which `Config` holds them. */
export const MODEL_OPTIONS = {
  baseUrl: option({
    flag: "base-url",
    placeholder: "URL",
    env: "VLLM_BASE_URL",
    schema: z.url({ protocol: /^https?$/ }).optional(),
    expects: "an http(s) URL such as http://127.0.0.1:8000/v1",
    help: "OpenAI-compatible endpoint of the model, with or without /v1",
    commands: asks,
  }),
  model: option({
    flag: "model",
    placeholder: "NAME",
    env: "VLLM_MODEL",
    schema: text.optional(),
    expects: "a model's name",
    help: "Model to ask. Default: the only one that the endpoint lists",
    commands: asks,
  }),
  apiKey: option({
    env: "VLLM_API_KEY",
    placeholder: "KEY",
    schema: z.string().trim().regex(/^[\x21-\x7e]+$/).optional(),
    expects: "a key of printable ASCII characters",
    help: "Bearer token of the endpoint; never a flag, as others could read it",
    commands: asks,
  }),
  policy: option({
    flag: "policy",
    placeholder: "vlm|baseline",
    schema: z.enum(["vlm", "baseline"]).optional(),
    expects: "vlm or baseline",
    help: "Who decides. Default: vlm if an endpoint is given, else baseline",
    commands: decides,
  }),
  wait: option({
    flag: "wait",
    placeholder: "SECONDS",
    schema: number().pipe(z.number().min(0).max(86_400)).prefault("0"),
    expects: "a number of seconds from 0 to 86400",
    help: "How long to wait for an endpoint that is still loading. Default: 0",
    commands: decides,
  }),
  stepTimeout: option({
    flag: "step-timeout",
    placeholder: "TIME",
    schema: duration.prefault("120s"),
    expects: "a time such as 90s or 2m, up to 576h",
    help:
      "Longest that the model may take for one step, retries included. Default: 120s",
    commands: decides,
  }),
  actions: option({
    flag: "actions",
    placeholder: "pose|waypoints",
    schema: z.enum(["pose", "waypoints"]).default("pose"),
    expects: "pose or waypoints",
    help:
      "What the model chooses from: any pose, or ways that are numbered in its picture. Default: pose",
    commands: runs,
  }),
  history: option({
    flag: "history",
    placeholder: "all|last:K",
    schema: z.string().regex(/^(all|last:[1-9]\d{0,3})$/).default("all"),
    expects: "all, or last:K with K from 1",
    help:
      "Pictures that stay in the model's conversation; the rest become notes in words. Default: all",
    commands: decides,
  }),
  thinking: option({
    flag: "thinking",
    schema: toggle,
    expects: "given without a value",
    help: "Let a thinking model think before it answers",
    commands: decides,
  }),
  temperature: option({
    flag: "temperature",
    placeholder: "T",
    schema: number().pipe(z.number().min(0).max(2)).prefault("0.7"),
    expects: "a number from 0 to 2",
    help: "Sampling temperature of the model. Default: 0.7",
    commands: decides,
  }),
  header: option({
    flag: "header",
    placeholder: "NAME:VALUE",
    multiple: true,
    schema: z.array(
      z.string().regex(/^[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e]*$/),
    ).transform((lines) =>
      Object.fromEntries(lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }))
    ).prefault([]),
    expects: "a header such as 'X-Session-ID: run-{agent}'",
    help:
      "Further request header for routers, repeatable; {agent} becomes the agent's number",
    commands: decides,
  }),
} as const;
