import { readFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';

/** Servers that one address of EventStoreDB names, and how they are asked over HTTP: same ports, same authority, same user. */
export type Asking = { readonly servers: readonly { readonly host: string; readonly port: number }[]; readonly tls: boolean; readonly ca: Buffer | undefined; readonly auth: string | undefined };

const answerMsMax = 5_000;

/** `esdb://user:password@one:2113,two:2113?tls=true&tlsCAFile=…`, also `esdb+discover://`; undefined for what is none. */
export const askingOf = (url: string): Asking | undefined => {
  const [, user, hosts = '', query = ''] = /^(?:esdb|kurrentdb|kurrent|kdb)(?:\+discover)?:\/\/(?:([^@/?]*)@)?([^/?]+)\/?(?:\?(.*))?$/u.exec(url) ?? [];
  if (hosts === '') return undefined;
  const settings = new Map([...new URLSearchParams(query)].map(([key, value]) => [key.toLowerCase(), value] as const));
  const caFile = settings.get('tlscafile');
  return {
    servers: hosts.split(',').map((each) => ({ host: each.replace(/:\d+$/u, ''), port: Number(/:(\d+)$/u.exec(each)?.[1] ?? 2113) })),
    tls: settings.get('tls') !== 'false',
    ca: caFile === undefined ? undefined : readFileSync(caFile),
    auth: user === undefined ? undefined : user.split(':').map(decodeURIComponent).join(':'),
  };
};

type Info = { readonly state?: string; readonly esVersion?: string; readonly dbVersion?: string };
type Member = { readonly state?: string; readonly isAlive?: boolean; readonly httpEndPointIp?: string; readonly httpEndPointPort?: number };

/** The version of the server that leads, of those that are named or that they know of. `/health/live` says yes before one does. */
export const leaderOf = async (asking: Asking): Promise<string | undefined> => {
  const answers = await Promise.all(asking.servers.map((server) => ask<Info>(asking, server, '/info')));
  const leading = answers.find((info) => info?.state === 'leader');
  if (leading !== undefined) return versionIn(leading);
  const gossip = await Promise.all(asking.servers.map((server) => ask<{ readonly members?: readonly Member[] }>(asking, server, '/gossip')));
  const leader = gossip.flatMap((said) => said?.members ?? []).find(({ state, isAlive }) => isAlive === true && state === 'Leader');
  if (leader?.httpEndPointIp === undefined || leader.httpEndPointPort === undefined) return undefined;
  const info = await ask<Info>(asking, { host: leader.httpEndPointIp, port: leader.httpEndPointPort }, '/info');
  return info?.state === 'leader' ? versionIn(info) : undefined;
};

const versionIn = ({ dbVersion, esVersion }: Info): string => dbVersion ?? esVersion ?? 'unknown';

const ask = <T>({ tls, ca, auth }: Asking, { host, port }: Asking['servers'][number], path: string): Promise<T | undefined> =>
  new Promise((resolve) => {
    const options = { host, port, path, agent: false as const, timeout: answerMsMax, headers: { accept: 'application/json' }, ...(auth !== undefined && { auth }), ...(tls && ca !== undefined && { ca }) };
    const asked = (tls ? httpsGet : httpGet)(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('error', () => resolve(undefined));
      answer.on('end', () => resolve(answer.statusCode === 200 ? parsed<T>(text) : undefined));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in time'))).on('error', () => resolve(undefined));
  });

const parsed = <T>(text: string): T | undefined => {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
};
