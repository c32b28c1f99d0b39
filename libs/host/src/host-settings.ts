import { z } from 'zod';
import { secret } from './settings.js';

const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** What every process of program-ledger can be told, by its environment. */
export const hostSettings = z.object({
  LEDGER_HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  LEDGER_PORT: count(0, 65_535).default(7400).describe('port of the HTTP interface; 0 for any'),
  LEDGER_TLS_CERTIFICATE: secret(z.string().optional()).describe('certificate to listen with, PEM; without TLS when absent'),
  LEDGER_TLS_KEY: secret(z.string().optional()).describe('its key, PEM'),
  LEDGER_ISSUER: z.url().optional().describe('OpenID Connect issuer whose tokens are taken'),
  LEDGER_JWKS_URL: z.url().optional().describe('where its keys are, when discovery is not wanted'),
  LEDGER_AUDIENCE: z.string().min(1).default('program-ledger').describe('audience that a token must be for'),
  LEDGER_CLOCK_TOLERANCE_SECONDS: count(0, 300).default(5).describe('how far the issuer’s clock may be off'),
  LEDGER_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').describe('what is logged, on standard error'),
  LEDGER_OTLP_URL: z.url().optional().describe('where traces go, OTLP over HTTP; nowhere when absent'),
  LEDGER_DRAIN_SECONDS: count(1, 300).default(20).describe('how long the end may take before it is forced'),
  LEDGER_LAG_MAX: count(1, 10_000_000).default(5_000).describe('messages behind which a consumer group is not ready'),
  LEDGER_LAG_SECONDS_MAX: count(1, 86_400).default(30).describe('seconds behind the end of the log after which a view or relay is not ready'),
  LEDGER_COMMANDS_IN_FLIGHT_MAX: count(1, 100_000).default(512).describe('commands handled at once'),
  LEDGER_REQUESTS_PER_SECOND_MAX: count(1, 1_000_000).default(5_000).describe('requests of one subject in a second'),
});

export type HostSettings = z.infer<typeof hostSettings>;
