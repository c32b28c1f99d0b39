import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';

export type LogSettings = { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'; readonly process: string; readonly destination?: DestinationStream };

/** Structured logs, one JSON object a line on standard error; never a token, a body or a secret. */
export const startLogs = ({ level, process: name, destination }: LogSettings): Logger =>
  pino(
    {
      level,
      base: { process: name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['authorization', '*.authorization', 'headers.cookie', 'token', '*.token', 'password', '*.password'], censor: '[redacted]' },
    },
    destination ?? pino.destination({ fd: 2, sync: true }),
  );

/** What Nest itself says goes into the same log; its start-up lines are debug. */
export const nestLogger = (logs: Logger): LoggerService => ({
  log: (message: unknown, ...rest: unknown[]) => logs.debug(noted(message, rest)),
  error: (message: unknown, ...rest: unknown[]) => logs.error(noted(message, rest)),
  warn: (message: unknown, ...rest: unknown[]) => logs.warn(noted(message, rest)),
  debug: (message: unknown, ...rest: unknown[]) => logs.debug(noted(message, rest)),
  verbose: (message: unknown, ...rest: unknown[]) => logs.trace(noted(message, rest)),
  fatal: (message: unknown, ...rest: unknown[]) => logs.fatal(noted(message, rest)),
});

const noted = (message: unknown, rest: readonly unknown[]): object => {
  const context = rest.at(-1);
  const err = [message, ...rest].find((part) => part instanceof Error);
  return { msg: message instanceof Error ? message.message : String(message), ...(typeof context === 'string' && { context }), ...(err !== undefined && { err }) };
};
