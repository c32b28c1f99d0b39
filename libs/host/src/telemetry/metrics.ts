import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** One measured amount of something that runs: labels and a value, asked for when the metrics are. */
export type Measured = { readonly labels: Readonly<Record<string, string>>; readonly value: number };
export type Measure = () => Promise<readonly Measured[]>;

/** What `/metrics` shows, in the Prometheus text format. */
export class Metrics {
  readonly registry = new Registry();
  private readonly httpSeconds = new Histogram({
    name: 'http_request_seconds',
    help: 'From the request to the end of the answer, by route pattern.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers: [this.registry],
  });
  private readonly appendSeconds = new Histogram({
    name: 'log_append_seconds',
    help: 'From asking the log to append until its durable answer.',
    labelNames: ['category', 'outcome'] as const,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
    registers: [this.registry],
  });
  private readonly reactionSeconds = new Histogram({
    name: 'reaction_seconds',
    help: 'Handling of one delivered message by one reaction.',
    labelNames: ['group', 'outcome'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  http(labels: { method: string; route: string; status: string }, seconds: number): void {
    this.httpSeconds.observe(labels, seconds);
  }

  append(labels: { category: string; outcome: string }, seconds: number): void {
    this.appendSeconds.observe(labels, seconds);
  }

  reaction(labels: { group: string; outcome: string }, seconds: number): void {
    this.reactionSeconds.observe(labels, seconds);
  }

  /** A gauge that asks `measure` each time the metrics are read. */
  gauge(name: string, help: string, labelNames: readonly string[], measure: Measure): void {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      async collect() {
        this.reset();
        for (const { labels, value } of await measure()) this.set(labels, value);
      },
    });
  }
}
