import { logLevel, type KafkaConfig } from './kafkajs.js';
import type { KafkaLimits, KafkaOptions, KafkaTrouble } from './options.js';
import { Sockets } from './sockets.js';

export type Surroundings = KafkaOptions & { readonly limits: KafkaLimits; readonly report: (trouble: KafkaTrouble) => void };

type LogEntry = { readonly level: number; readonly namespace: string; readonly log: { readonly message: string; readonly error?: unknown } };

/** A configuration of kafkajs with every default of it stated (some change with NODE_ENV), and the sockets to take it back by. */
export const clientOf = (around: Surroundings): { readonly config: KafkaConfig; readonly sockets: Sockets } => {
  const { brokers, clientId, tls, sasl, limits, report } = around;
  const sockets = new Sockets();
  const logCreator = (): ((entry: LogEntry) => void) => (entry) => {
    if (sockets.destroyed) return;
    report({
      kind: 'client',
      severity: entry.level === logLevel.ERROR ? 'error' : 'warning',
      message: `${entry.namespace}: ${entry.log.message}`,
      ...(entry.log.error === undefined ? {} : { error: entry.log.error }),
    });
  };
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: limits.connectMsMax,
    authenticationTimeout: limits.requestMsMax,
    reauthenticationThreshold: limits.requestMsMax,
    requestTimeout: limits.requestMsMax,
    enforceRequestTimeout: true,
    retry: { ...retries },
    socketFactory: sockets.factory,
    logLevel: logLevel.WARN,
    logCreator: logCreator as NonNullable<KafkaConfig['logCreator']>,
    ...(tls === undefined ? {} : { ssl: defined(tls) }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl, mechanism: sasl.mechanism.toLowerCase() as 'plain' } }),
  };
  return { config, sockets };
};

/** Of connecting; what is above has its own patience. */
export const retries = { initialRetryTime: 50, maxRetryTime: 500, factor: 0.2, multiplier: 2, retries: 4 } as const;

const defined = (record: object): object => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
