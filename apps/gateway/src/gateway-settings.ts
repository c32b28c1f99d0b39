import { hostSettings } from '@program-ledger/host';
import { z } from 'zod';

/** Addresses of each service, in the order of the document that is shown of the whole. */
export type Upstreams = ReadonlyMap<string, readonly string[]>;

/** What each service listens on when nothing else is said. */
const usual = 'applications=http://127.0.0.1:7410,review=http://127.0.0.1:7420,gpu-grants=http://127.0.0.1:7430,funding=http://127.0.0.1:7440,audit-ledger=http://127.0.0.1:7450';

const isOrigin = (text: string): boolean => {
  try {
    const { protocol, pathname, search, username } = new URL(text);
    return (protocol === 'http:' || protocol === 'https:') && pathname === '/' && search === '' && username === '';
  } catch {
    return false;
  }
};

const upstreams = z.string().transform((text, context): Upstreams => {
  const found = new Map<string, readonly string[]>();
  for (const part of text.split(',')) {
    const [, name, addresses] = /^([a-z][a-z-]*)=(.+)$/.exec(part.trim()) ?? [];
    const origins = addresses?.split('|').map((address) => address.trim()) ?? [];
    if (name === undefined || found.has(name) || !origins.every(isOrigin)) context.addIssue('is a list like review=http://a:7420|http://b:7420,funding=http://c:7440, each service once');
    else found.set(name, origins.map((origin) => new URL(origin).origin));
  }
  return found;
});

/** What the gateway can be told. */
export const gatewaySettings = hostSettings.pick({ LEDGER_HOST: true, LEDGER_PORT: true, LEDGER_TLS_CERTIFICATE: true, LEDGER_TLS_KEY: true, LEDGER_LOG_LEVEL: true, LEDGER_OTLP_URL: true, LEDGER_DRAIN_SECONDS: true }).extend({
  GATEWAY_UPSTREAMS: z.string().default(usual).pipe(upstreams).describe('addresses of each service, those of several instances with | between them'),
  GATEWAY_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(600).default(65).describe('how long a service may take to begin its answer; longer than the longest wait that a client can ask for'),
});
export type GatewaySettings = z.infer<typeof gatewaySettings>;
