import type { JsonObject } from '@program-ledger/event-sourcing';
import { hostProblem, type HealthReport } from '@program-ledger/host';
import type { Instances } from './instances.js';

export const askLimits = { answerMsMax: 5_000, documentsKeptMs: 10_000 } as const;

type OpenApi = JsonObject & { readonly tags: readonly { readonly name: string }[]; readonly paths: Readonly<Record<string, unknown>> };
type ProblemLine = { readonly owner: string; readonly code: string };

/** What is asked of all services and answered as one: their documents, their problems, their health. */
export class WholeSystem {
  private readonly kept = new Map<string, { readonly document: unknown; readonly atMs: number }>();

  constructor(private readonly services: readonly Instances[]) {}

  /** The document that one process with all services shows: each part as its service says it. @throws Problem 503 */
  async openApi(): Promise<JsonObject> {
    const documents = (await this.each('/openapi.json')) as readonly OpenApi[];
    const tags = new Map(documents.flatMap((each) => each.tags.map((tag) => [tag.name, tag] as const)));
    const [first] = documents;
    return { ...first, tags: [...tags.values()], paths: Object.assign({}, ...documents.map(({ paths }) => paths)) as JsonObject };
  }

  /** @throws Problem 503 */
  async problems(): Promise<readonly ProblemLine[]> {
    const all = ((await this.each('/problems')) as readonly (readonly ProblemLine[])[]).flat();
    return [...new Map(all.map((line) => [`${line.owner}/${line.code}`, line])).values()];
  }

  /** Ready when one instance of each service is. */
  async health(): Promise<HealthReport> {
    const reports = await Promise.all(this.services.map(healthOf));
    return { status: reports.every(({ status }) => status === 'ready') ? 'ready' : 'not-ready', parts: reports.flatMap(({ parts }) => parts) };
  }

  private each(path: string): Promise<readonly unknown[]> {
    return Promise.all(this.services.map((service) => this.document(service, path)));
  }

  /** Documents change with releases only: the last one serves while a service is away. */
  private async document(service: Instances, path: string): Promise<unknown> {
    const key = `${service.service} ${path}`;
    const kept = this.kept.get(key);
    if (kept !== undefined && performance.now() - kept.atMs < askLimits.documentsKeptMs) return kept.document;
    const origin = service.take();
    try {
      const document: unknown = await (await fetch(`${origin}${path}`, { signal: AbortSignal.timeout(askLimits.answerMsMax) })).json();
      this.kept.set(key, { document, atMs: performance.now() });
      return document;
    } catch (error) {
      service.failed(origin);
      if (kept !== undefined) return kept.document;
      throw hostProblem('service-away', { service: service.service }, error);
    }
  }
}

const healthOf = async ({ service, origins }: Instances): Promise<HealthReport> => {
  const reports = await Promise.all(origins.map((origin) => healthAt(service, origin)));
  return reports.find(({ status }) => status === 'ready') ?? reports[0]!;
};

const healthAt = async (service: string, origin: string): Promise<HealthReport> => {
  try {
    return (await (await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(askLimits.answerMsMax) })).json()) as HealthReport;
  } catch {
    return { status: 'not-ready', parts: [{ part: service, stopped: 'does not answer', ok: false }] };
  }
};
