/**
 * The report of a run: one HTML page that needs nothing else, to be kept, sent
 * and printed.
 *
 * @module
 */

import { html, raw } from "@hono/hono/html";
import type { AgentEvent } from "../events/event.ts";
import { FloorSeen } from "./floor_seen.js";
import { placeIn } from "./place_in.js";
import css from "./report.css" with { type: "text" };
import { colorOf, mapSvg } from "./report_map.ts";
import {
  agentsOf,
  looksOf,
  type RunRecord,
  type TimedLook,
} from "./run_record.ts";

type Html = ReturnType<typeof html>;

/** What runs say of their end if nothing was found. */
const NOT_FOUND = "No target found";

/** Makes the report of `record`. All text in it is escaped. */
export async function reportHtml(record: RunRecord): Promise<string> {
  const { query } = record;
  const final = find(record, "agent_found");
  const seen = floorSeenIn(record);
  const { title, headline, text, isFound } = outcomeOf(record, seen);
  const unseen = !isFound && title !== "Searching" && seen && seen.share < 1 &&
      seen.share > 0
    ? seen.unseen
    : undefined;
  const map = mapSvg(record, {
    found: isFound ? placeIn(text) : undefined,
    unseen,
  });
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <title>${title}: ${query}</title>
        <style>${raw(css)}</style>
      </head>
      <body>
        <header>
          <p
            class="name">splatscout · ${record.scene} · <time datetime="${record
              .startedAt.toISOString()}">${record.startedAt.toISOString()
              .replace("T", " ").slice(0, 16)} UTC</time></p>
          <h1>${query}</h1>
          <p class="${isFound
            ? "outcome"
            : "outcome none"}"><strong>${headline}</strong> ${text}</p>
        </header>
        <main>
    <section class="pair">
    ${final === undefined ? "" : html`
      <figure>
        <img src="data:image/png;base64,${final.final_image_b64}"
          alt="The view in which agent ${final.agent_id} found it">
        <figcaption>What agent ${final
          .agent_id} saw when it found it, after ${count(
            final.steps,
            "step",
          )}.</figcaption>
      </figure>
    `}
    ${map === "" ? "" : html`<figure>
${raw(map)}
<figcaption>${mapCaption(record, unseen !== undefined)}</figcaption>
</figure>`}
    </section>
    <section>
    <h2>In figures</h2>
    <dl>${figures(record, seen).map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )}</dl>
    </section>
    ${faults(record)}
    ${agentsOf(record).map((id) => agentSection(record, id))}
        </main>
        <footer>Positions are in metres from the start, x ahead, y to the left, z up; yaw counter-clockwise in degrees.</footer>
      </body>
    </html>
  `;
  return String(await page);
}

/** What the end says beyond that nothing was found: why it came early. */
function saidOf(end: { description: string } | undefined): string {
  const said = end?.description ?? "";
  return said === "" || said === NOT_FOUND ? "" : `${said}.`;
}

/** How the run ended, in words. */
function outcomeOf(
  record: RunRecord,
  seen: FloorSeen | undefined,
): { title: string; headline: string; text: string; isFound: boolean } {
  const end = find(record, "session_complete");
  const about = {
    text: [saidOf(end), seen?.inWords() ?? ""].join(" ").trim(),
    isFound: false,
  };
  if (end === undefined) {
    return { ...about, title: "Searching", headline: "The search goes on." };
  }
  if (end.winner_agent_id !== null) {
    return {
      title: "Found",
      headline: `Found by agent ${end.winner_agent_id}.`,
      text: end.description,
      isFound: true,
    };
  }
  const hasFailed = looksOf(record).length === 0 &&
    find(record, "error") !== undefined;
  if (hasFailed) {
    const text = "Nobody saw a thing.";
    return { ...about, title: "Failed", headline: "Failed.", text };
  }
  return wasStopped(record)
    ? { ...about, title: "Stopped", headline: "Stopped before it was found." }
    : { ...about, title: "Not found", headline: "Not found." };
}

/** Whether an agent ended with steps left. */
function wasStopped(record: RunRecord): boolean {
  const looks = looksOf(record);
  return record.events.some(({ event }) => {
    if (event.type !== "agent_done") return false;
    const last = looks.findLast(({ agentId }) => agentId === event.agent_id);
    return event.steps < (last?.event.total_steps ?? 1);
  });
}

function mapCaption({ seen }: RunRecord, showsUnseen: boolean): string {
  return [
    "The place from above, its ceiling cut away; a mark a step.",
    ...seen?.length ? ["What lies under the veil no agent has seen."] : [],
    ...showsUnseen ? ["Orange is floor that they could have reached."] : [],
  ].join(" ");
}

/** What of the floor was seen; nothing where it is not known. */
function floorSeenIn({ floor, seen }: RunRecord): FloorSeen | undefined {
  if (floor === undefined || seen === undefined) return undefined;
  const floorSeen = new FloorSeen(floor);
  for (const corners of seen) floorSeen.add(corners);
  return floorSeen;
}

function figures(
  record: RunRecord,
  seen: FloorSeen | undefined,
): [string, string][] {
  const looks = looksOf(record);
  const seconds = (record.events.at(-1)?.at ?? 0) / 1000;
  const { usage } = record;
  const model: [string, string][] = usage === undefined ? [] : [
    ["Model", usage.model || "has not answered"],
    ["Prompt tokens", `${usage.promptTokens} (${usage.cachedTokens} cached)`],
    ["Answer tokens", String(usage.completionTokens)],
  ];
  return [
    ["Agents", String(agentsOf(record).length)],
    ["Steps in all", String(looks.length)],
    ...Number.isFinite(seconds)
      ? [["Time", `${seconds.toFixed(1)} s`] as [string, string]]
      : [],
    ...seen === undefined ? [] : [
      ["Floor seen", `${seen.percent} %`] as [string, string],
    ],
    ["Way in all", `${wayOf(record).toFixed(1)} m`],
    ...model,
  ];
}

/** Metres that all agents went, straight from look to look. */
function wayOf(record: RunRecord): number {
  const looks = looksOf(record);
  return agentsOf(record).reduce((sum, id) => {
    const own = looks.filter(({ agentId }) => agentId === id);
    return sum + own.slice(1).reduce((way, { pose }, i) => {
      const before = own[i]!.pose;
      return way + Math.hypot(
        pose.x - before.x,
        pose.y - before.y,
        pose.z - before.z,
      );
    }, 0);
  }, 0);
}

/** What went wrong, each fault once, with whom it befell. */
function faults({ events }: RunRecord): Html | string {
  const who = new Map<string, (number | undefined)[]>();
  for (const { event } of events) {
    if (event.type !== "error") continue;
    const ids = who.get(event.message) ?? [];
    who.set(event.message, [...ids, event.agent_id]);
  }
  const lines = [...who].map(([message, ids]) => {
    const agents = ids.filter((id) => id !== undefined)
      .toSorted((a, b) => a - b).join(", ");
    const name = agents === ""
      ? "The run"
      : `${ids.length === 1 ? "Agent" : "Agents"} ${agents}`;
    return html`<p class="fault">${name} failed: ${message}</p>`;
  });
  return lines.length === 0 ? "" : html`<section>
<h2>What went wrong</h2>
${lines}
</section>`;
}

function agentSection(record: RunRecord, id: number): Html {
  const looks = looksOf(record).filter(({ agentId }) => agentId === id);
  if (looks.length === 0) return html``;
  return html`
    <section class="agent" style="--agent: ${colorOf(id)}">
      <h2><span class="dot"></span>Agent ${id} · ${count(
        looks.length,
        "step",
      )}</h2>
      <ol class="steps">${looks.map(stepItem)}</ol>
    </section>
  `;
}

function stepItem({ agentId, step, pose, at, event }: TimedLook): Html {
  const { x, y, yaw } = pose;
  const time = Number.isFinite(at) ? ` · ${(at / 1000).toFixed(1)} s` : "";
  const place = `${x.toFixed(1)}, ${y.toFixed(1)} · ${Math.round(yaw) % 360}°`;
  return html`
    <li id="agent-${agentId}-step-${step}" class="${event.action}">
      <img src="data:image/png;base64,${event.image_b64}" loading="lazy"
        alt="View of agent ${agentId} at step ${step + 1}">
      <div
        class="meta"><span>Step ${step +
          1}${time}</span><span>${place}</span></div>
      <p>${event.reasoning}</p>
    </li>
  `;
}

function find<Type extends AgentEvent["type"]>(
  { events }: RunRecord,
  type: Type,
): Extract<AgentEvent, { type: Type }> | undefined {
  return events.map(({ event }) => event).find((
    event,
  ): event is Extract<AgentEvent, { type: Type }> => event.type === type);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
