import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Context, type Span } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, RandomIdGenerator, SimpleSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace-base';

export type TracingSettings = {
  readonly service: string;
  /** OTLP over HTTP, e.g. `http://collector:4318/v1/traces`; without it nobody would see a span, and only its ids are made and passed on. */
  readonly otlpUrl?: string;
  /** For tests: where every ended span goes at once. */
  readonly exporter?: SpanExporter;
};

/** A piece of work under way. */
export type Traced = {
  /** W3C Trace Context, for the event's metadata and the next hop. */
  readonly traceparent: string;
  readonly traceId: string;
  readonly end: (outcome?: { readonly error?: unknown; readonly attributes?: Attributes }) => void;
};

export type TracedAs = { readonly name: string; readonly kind: 'server' | 'consumer'; readonly parent?: string | undefined; readonly attributes?: Attributes };

/** Spans made by hand where a hop begins: an HTTP request, a delivered message. What follows from an event of its own service goes on in the event's. */
export type Tracing = { readonly begin: (as: TracedAs) => Traced; readonly stop: () => Promise<void> };

const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER } as const;

/** The exporter is loaded only when one is configured: it is most of OpenTelemetry's weight. */
export const startTracing = async (settings: TracingSettings): Promise<Tracing> => {
  if (settings.exporter === undefined && settings.otlpUrl === undefined) return idsOnly();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': settings.service, 'service.namespace': 'program-ledger' }),
    spanProcessors: await processors(settings),
  });
  const tracer = provider.getTracer('@program-ledger/host');
  return {
    begin: ({ name, kind, parent, attributes = {} }) => traced(tracer.startSpan(name, { kind: kinds[kind], attributes }, contextOf(parent))),
    stop: () => provider.shutdown(),
  };
};

/** Traces cross hops, and events keep them, also where no collector listens. */
const idsOnly = (): Tracing => {
  const ids = new RandomIdGenerator();
  return {
    begin: ({ parent }) => {
      const { traceId, flags } = parentOf(parent) ?? { traceId: ids.generateTraceId(), flags: '01' };
      return { traceId, traceparent: `00-${traceId}-${ids.generateSpanId()}-${flags}`, end: () => undefined };
    },
    stop: () => Promise.resolve(),
  };
};

/** So that whoever looks at a collector sees what just happened. */
const exportEveryMs = 1_000;

const processors = async ({ exporter, otlpUrl }: TracingSettings): Promise<SpanProcessor[]> => {
  if (exporter !== undefined) return [new SimpleSpanProcessor(exporter)];
  if (otlpUrl === undefined) return [];
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  return [new BatchSpanProcessor(new OTLPTraceExporter({ url: otlpUrl }), { scheduledDelayMillis: exportEveryMs })];
};

const traced = (span: Span): Traced => {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    end: ({ error, attributes } = {}) => {
      if (attributes !== undefined) span.setAttributes(attributes);
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'failure' });
      span.end();
    },
  };
};

const traceparentForm = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** A parent that is malformed counts as none (W3C Trace Context section 3.2). */
const parentOf = (traceparent: string | undefined) => {
  const [found, traceId = '', spanId = '', flags = '00'] = traceparentForm.exec(traceparent ?? '') ?? [];
  return found === undefined ? undefined : { traceId, spanId, flags };
};

const contextOf = (traceparent: string | undefined): Context => {
  const parent = parentOf(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true });
};
