import { randomInt } from 'node:crypto';
import { createServer, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectSecurely } from 'node:tls';
import { EmbeddedKafkaRefused } from './refused.js';

/**
 * Below the range that systems lend to outgoing connections (from 32768): a client that keeps calling a broker that is down would
 * otherwise, one day, be lent that very port, reach itself, and keep the broker from it.
 */
const range = { from: 20_000, to: 32_000 } as const;

const free = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });

/** A port on loopback that nothing listens at. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(range.from, range.to);
    if (await free(port)) return port;
  }
};

/** A process that was killed holds its port until its last thread is gone, a moment after it looks dead: that is waited for. */
export const assertFree = async (port: number): Promise<void> => {
  for (const until = performance.now() + releaseMsMax; !(await free(port)); await sleep(20))
    if (performance.now() > until) throw new EmbeddedKafkaRefused('port-in-use', `Port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another port.`);
};

const releaseMsMax = 2_000;

/** ApiVersions, version 0, of a client without a name: the one request that every broker answers to anybody. */
const question = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 255, 255]);

/** Whether a broker answers ApiVersions there: it has loaded its storage and takes requests. Over TLS when `ca` is given. */
export const answers = (port: number, ca: string | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    const at = { host: '127.0.0.1', port };
    const socket: Socket = ca === undefined ? connect(at) : connectSecurely({ ...at, ca });
    const end = (outcome: boolean): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.once('error', () => end(false)).once('close', () => end(false));
    socket.once(ca === undefined ? 'connect' : 'secureConnect', () => socket.write(question));
    // Size, then the number of the request, then "no error".
    socket.once('data', (answer) => end(answer.length >= 10 && answer.readInt32BE(4) === 7 && answer.readInt16BE(8) === 0));
  });
