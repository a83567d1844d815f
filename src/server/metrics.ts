/**
 * Numbers for Prometheus: counters, histograms, and gauges that are read when
 * somebody asks.
 *
 * @module
 */

/** Upper bounds of the histograms' buckets, seconds: from a small view on a GPU to a model that thinks. */
const bucketBounds = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  30,
  60,
];

/** Labels of one time series. */
export type Labels = Readonly<Record<string, string>>;

/** Goes up, by labels. */
export class Counter {
  readonly #values = new Map<string, number>();

  /** Counts `amount` more. */
  add(labels: Labels = {}, amount = 1): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  /** The series as Prometheus reads them. */
  *lines(name: string): Generator<string> {
    if (this.#values.size === 0) yield `${name} 0`;
    for (const [labels, value] of this.#values) {
      yield `${name}${labels} ${value}`;
    }
  }
}

/** How long something takes, seconds. */
export class Histogram {
  readonly #counts = bucketBounds.map(() => 0);
  #count = 0;
  #sum = 0;

  /** Counts one duration in, seconds. */
  observe(seconds: number): void {
    const bucket = bucketBounds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#counts[bucket]!++;
    this.#count++;
    this.#sum += seconds;
  }

  /** The series as Prometheus reads them. */
  *lines(name: string): Generator<string> {
    let below = 0;
    for (const [i, bound] of bucketBounds.entries()) {
      below += this.#counts[i]!;
      yield `${name}_bucket{le="${bound}"} ${below}`;
    }
    yield `${name}_bucket{le="+Inf"} ${this.#count}`;
    yield `${name}_sum ${this.#sum}`;
    yield `${name}_count ${this.#count}`;
  }
}

/** A value that is read when somebody asks; one a label text. */
export type Gauge = () => number | readonly (readonly [Labels, number])[];

/** All numbers of a server. */
export class Metrics {
  readonly sessionsEnded: Counter = new Counter();
  readonly agentsStarted: Counter = new Counter();
  readonly steps: Counter = new Counter();
  readonly stepSeconds: Histogram = new Histogram();
  readonly renderSeconds: Histogram = new Histogram();
  readonly renderWaitSeconds: Histogram = new Histogram();
  readonly modelSeconds: Histogram = new Histogram();
  readonly tokens: Counter = new Counter();
  readonly requests: Counter = new Counter();
  readonly errors: Counter = new Counter();
  readonly #read = new Map<
    string,
    { type: "gauge" | "counter"; help: string; read: Gauge }
  >();

  /** Adds a value that is read when somebody asks. */
  gauge(name: string, help: string, read: Gauge): void {
    this.#read.set(name, { type: "gauge", help, read });
  }

  /** Adds a value that only goes up, and is read when somebody asks. */
  count(name: string, help: string, read: Gauge): void {
    this.#read.set(name, { type: "counter", help, read });
  }

  /** The text that Prometheus reads, version 0.0.4. */
  expose(): string {
    const out: string[] = [];
    for (const [name, help, counter] of this.#counters()) {
      out.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`);
      out.push(...counter.lines(name));
    }
    for (const [name, help, histogram] of this.#histograms()) {
      out.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`);
      out.push(...histogram.lines(name));
    }
    for (const [name, { type, help, read }] of this.#read) {
      out.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      const value = read();
      const series = typeof value === "number" ? [[{}, value] as const] : value;
      for (const [labels, number] of series) {
        out.push(`${name}${labelText(labels)} ${number}`);
      }
    }
    return out.join("\n") + "\n";
  }

  #counters(): [string, string, Counter][] {
    return [
      [
        "splatscout_sessions_ended_total",
        "Sessions that ended, by status",
        this.sessionsEnded,
      ],
      [
        "splatscout_agents_started_total",
        "Agents that started",
        this.agentsStarted,
      ],
      ["splatscout_steps_total", "Steps of all agents", this.steps],
      [
        "splatscout_tokens_total",
        "Tokens that the model read and wrote",
        this.tokens,
      ],
      [
        "splatscout_http_requests_total",
        "Requests by method and status",
        this.requests,
      ],
      ["splatscout_errors_total", "Errors by kind", this.errors],
    ];
  }

  #histograms(): [string, string, Histogram][] {
    return [
      [
        "splatscout_step_seconds",
        "From one step of an agent to the next",
        this.stepSeconds,
      ],
      [
        "splatscout_render_seconds",
        "Time that a view takes on the renderer",
        this.renderSeconds,
      ],
      [
        "splatscout_render_wait_seconds",
        "Time that a view waits for the renderer",
        this.renderWaitSeconds,
      ],
      [
        "splatscout_model_seconds",
        "Time that a decision takes",
        this.modelSeconds,
      ],
    ];
  }
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) =>
    `${name}="${
      value.replace(/[\\"\n]/g, (c) => c === "\n" ? "\\n" : `\\${c}`)
    }"`
  );
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}
