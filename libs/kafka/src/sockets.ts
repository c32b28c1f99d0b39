import { connect as connectPlainly, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { ISocketFactory } from './kafkajs.js';

const keepAliveMs = 60_000;

/**
 * The sockets of one client of kafkajs, which can be taken from it: a client that was given up would otherwise connect again by itself
 * and send what everybody believes lost.
 */
export class Sockets {
  private readonly open = new Set<Socket>();
  private dead = false;

  get destroyed(): boolean {
    return this.dead;
  }

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.dead) throw new Error('this client was given up');
    const secure = ssl as unknown as object | undefined;
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = secure ? connectSecurely({ host, port, ...name, ...secure }, onConnect) : connectPlainly({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveMs);
    socket.setNoDelay(true);
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
    return socket;
  };

  /** As if the process had died. */
  destroy(): void {
    this.dead = true;
    for (const socket of this.open) socket.destroy(new Error('this client was given up'));
  }
}
