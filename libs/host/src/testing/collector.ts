import { createServer } from 'node:http';

/** One span as OTLP over HTTP sends it, in JSON. */
export type CollectedSpan = { readonly name: string; readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string };

type Exported = { readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[] }[] };

/** Takes what an OpenTelemetry exporter sends, on loopback. */
export type Collector = { readonly url: string; readonly spans: readonly CollectedSpan[]; readonly close: () => void };

export const startCollector = async (): Promise<Collector> => {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString()) as Exported;
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/v1/traces`, spans, close };
};
