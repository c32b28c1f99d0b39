import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const channel = 'program_ledger_log';

export const wakeUpLimits = {
  /** Notifications of one writer are this far apart at least. */
  notifyEveryMs: 10,
  /** Notifications are a courtesy: who waits asks the log this often anyway. */
  pollEveryMs: 500,
  reconnectMsMax: 5_000,
} as const;

/**
 * Tells other processes that the log has grown, and hears it from them, on a connection of its own: NOTIFY inside an append would
 * take a lock for the whole database until its commit. A lost notification costs one poll.
 */
export class WakeUp {
  private client: pg.Client | undefined;
  private grown = false;
  private notifying = false;
  private reconnectMs = 50;
  private closed = false;
  private readonly poll: NodeJS.Timeout;

  constructor(
    private readonly configuration: pg.ClientConfig,
    private readonly heard: () => void,
    polled: () => void,
  ) {
    this.poll = setInterval(polled, wakeUpLimits.pollEveryMs);
    this.poll.unref();
    void this.connect();
  }

  notify(): void {
    this.grown = true;
    if (!this.notifying) void this.notifyOthers();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.poll);
    await this.client?.end().catch(() => undefined);
  }

  private async notifyOthers(): Promise<void> {
    this.notifying = true;
    while (this.grown && !this.closed) {
      await sleep(wakeUpLimits.notifyEveryMs, undefined, { ref: false });
      this.grown = false;
      await this.client?.query(`notify ${channel}`).catch(() => undefined);
    }
    this.notifying = false;
  }

  private async connect(): Promise<void> {
    const client = new pg.Client(this.configuration);
    client.on('error', () => undefined);
    client.on('end', () => {
      if (this.client === client) this.client = undefined;
      if (!this.closed)
        setTimeout(() => void this.connect(), (this.reconnectMs = Math.min(this.reconnectMs * 2, wakeUpLimits.reconnectMsMax)) * Math.random()).unref();
    });
    client.on('notification', ({ processId }) => {
      if (processId !== (client as unknown as { processID: number }).processID) this.heard();
    });
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      if (this.closed) return void (await client.end());
      this.client = client;
      this.reconnectMs = 50;
      this.heard();
    } catch {
      // 'end' follows and tries again; a client that never connected has no 'end'.
      await client.end().catch(() => undefined);
    }
  }
}
