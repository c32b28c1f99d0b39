import { readFileSync } from 'node:fs';
import type { KafkaConnection, KafkaSasl, KafkaTls } from './options.js';

/** The address of a Kafka cluster is not understood; the message never holds the password. */
export class InvalidKafkaUrl extends Error {
  override readonly name = 'InvalidKafkaUrl';
}

const known = ['tls', 'mechanism', 'ca', 'cert', 'key'] as const;
const shape = /^(kafkas?):\/\/(?:([^:@/?#]*):([^@/?#]*)@)?([^@/?#]+)\/?(?:\?(.*))?$/u;
const mechanisms = ['SCRAM-SHA-512', 'PLAIN'] as const;

/**
 * `kafka://[user:password@]host:port[,host:port…][?tls=true&mechanism=PLAIN&ca=<file>&cert=<file>&key=<file>]`; `kafkas://` is with TLS.
 * User and password percent-encoded; certificates are PEM files, read here. With a password the mechanism is SCRAM-SHA-512 unless another is named.
 * @throws InvalidKafkaUrl
 */
export const parseKafkaUrl = (url: string, read: (file: string) => string = (file) => readFileSync(file, 'utf8')): KafkaConnection => {
  const parts = shape.exec(url);
  if (parts === null) throw new InvalidKafkaUrl('it is not kafka://[user:password@]host:port[,host:port…][?…]');
  const [, scheme, user, password, hosts = '', search = ''] = parts;
  const query = queryOf(search);
  const tls = tlsOf(query, scheme === 'kafkas', read);
  const sasl = saslOf(query, user, password);
  return { brokers: hosts.split(',').map(brokerOf), ...(tls === undefined ? {} : { tls }), ...(sasl === undefined ? {} : { sasl }) };
};

const queryOf = (search: string): URLSearchParams => {
  const query = new URLSearchParams(search);
  for (const name of new Set(query.keys())) {
    if (!known.some((each) => each === name)) throw new InvalidKafkaUrl(`"${name}" is none of ${known.join(', ')}`);
    if (query.getAll(name).length > 1) throw new InvalidKafkaUrl(`"${name}" is given more than once`);
  }
  return query;
};

/** kafkajs takes a broker apart at its first colon, so an IPv6 address needs a name. */
const brokerOf = (broker: string): string => {
  const [, port] = /^[A-Za-z0-9._-]+:(\d{1,5})$/u.exec(broker) ?? [];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) throw new InvalidKafkaUrl(`"${broker}" is not host:port`);
  return broker;
};

const secured = (wish: string | null, secure: boolean): boolean => {
  if (wish !== null && wish !== 'true' && wish !== 'false') throw new InvalidKafkaUrl('"tls" is true or false');
  if (secure && wish === 'false') throw new InvalidKafkaUrl('kafkas:// is with TLS, and tls=false without');
  return secure || wish === 'true';
};

const tlsOf = (query: URLSearchParams, secure: boolean, read: (file: string) => string): KafkaTls | undefined => {
  const files = (['ca', 'cert', 'key'] as const).flatMap((name) => {
    const file = query.get(name);
    return file === null ? [] : [[name, file] as const];
  });
  if (!secured(query.get('tls'), secure)) {
    if (files.length > 0) throw new InvalidKafkaUrl(`"${files[0]?.[0]}" is given without TLS: write kafkas://`);
    return undefined;
  }
  if (query.has('cert') !== query.has('key')) throw new InvalidKafkaUrl('"cert" and "key" belong together');
  return Object.fromEntries(files.map(([name, file]) => [name, readOr(name, file, read)]));
};

const readOr = (name: string, file: string, read: (file: string) => string): string => {
  try {
    return read(file);
  } catch (error) {
    throw new InvalidKafkaUrl(`"${name}" is a file that cannot be read: ${file}`, { cause: error });
  }
};

const saslOf = (query: URLSearchParams, user: string | undefined, password: string | undefined): KafkaSasl | undefined => {
  const named = query.get('mechanism');
  if (user === undefined || password === undefined) {
    if (named !== null) throw new InvalidKafkaUrl('"mechanism" is given without a user and password');
    return undefined;
  }
  const mechanism = mechanisms.find((each) => each === (named ?? 'SCRAM-SHA-512'));
  if (mechanism === undefined) throw new InvalidKafkaUrl(`"mechanism" is one of ${mechanisms.join(', ')}`);
  if (user === '') throw new InvalidKafkaUrl('the user is empty');
  return { mechanism, username: decoded(user), password: decoded(password) };
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidKafkaUrl('user and password are percent-encoded');
  }
};
