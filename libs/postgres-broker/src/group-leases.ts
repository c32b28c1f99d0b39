import pg from 'pg';
import { channel, sharingLimits } from './sharing.js';

export type LeaseEvents = {
  /** Another process may have appended, or asked for letters. */
  readonly heard: () => void;
  /** The connection is gone, and every lease with it. */
  readonly lost: () => void;
};

/**
 * Which groups this process works for, and what others tell it: on one connection, whose locks are free as soon as the process is dead.
 */
export class GroupLeases {
  private client: Promise<pg.Client> | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly events: LeaseEvents,
  ) {}

  /** Whether the group is this process's now. False also while the database is away. */
  take(group: string): Promise<boolean> {
    return this.asked(`select pg_try_advisory_lock(hashtextextended('broker group ' || $1, 0)) as mine`, [group]).then(
      (rows) => rows[0]?.mine === true,
      () => false,
    );
  }

  async give(group: string): Promise<void> {
    await this.asked(`select pg_advisory_unlock(hashtextextended('broker group ' || $1, 0)) as mine`, [group]).catch(() => undefined);
  }

  /** Tells the other processes that something was appended or asked. A lost notification costs one poll. */
  async tell(): Promise<void> {
    await this.asked(`notify ${channel}`, []).catch(() => undefined);
  }

  /** Listens from now on, taking whatever group. */
  async listen(): Promise<void> {
    await this.asked('select true as mine', []);
  }

  async close(): Promise<void> {
    this.closed = true;
    const client = await this.client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  /** The connection takes one statement at a time. */
  private asked(text: string, values: readonly unknown[]): Promise<readonly { readonly mine: boolean }[]> {
    const done = this.turn.then(async () => {
      if (this.closed) throw new Error('the leases are closed');
      this.client ??= this.connect();
      return (await (await this.client).query<{ mine: boolean }>(text, [...values])).rows;
    });
    this.turn = done.catch(() => undefined);
    return done;
  }

  private async connect(): Promise<pg.Client> {
    const { connectTimeoutMs, answerMsMax } = sharingLimits;
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: connectTimeoutMs, query_timeout: answerMsMax, keepAlive: true, application_name: 'broker leases' });
    const gone = (): void => {
      if (this.client === undefined) return;
      this.client = undefined;
      if (!this.closed) this.events.lost();
    };
    client.on('error', () => void client.end().catch(() => undefined));
    client.on('end', gone);
    client.on('notification', ({ processId }) => {
      if (processId !== (client as unknown as { readonly processID: number }).processID) this.events.heard();
    });
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      return client;
    } catch (error) {
      this.client = undefined;
      await client.end().catch(() => undefined);
      throw error;
    }
  }
}
