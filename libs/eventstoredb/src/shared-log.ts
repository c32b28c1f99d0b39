import { Appends } from './appends.js';
import { release, type Connection } from './connection.js';
import { Instants } from './instants.js';
import { KnownIds } from './known-ids.js';
import { LogReader } from './log-reader.js';
import { StreamNames } from './recorded.js';
import { Tail } from './tail.js';

/** What the stores of one log share within a process: one tail, one memory of ids, positions and instants. */
export class SharedLog {
  private static readonly open = new Map<string, SharedLog>();
  private readonly closed = new AbortController();
  readonly known = new KnownIds();
  readonly appends: Appends;
  readonly reader: LogReader;
  readonly tail: Tail;
  readonly instants: Instants;
  users = 0;

  /** There is one connection a process, so the prefix tells the log. */
  static of(connection: Connection, prefix: string | undefined): SharedLog {
    const names = new StreamNames(prefix);
    const known = this.open.get(names.wirePrefix);
    if (known?.connection === connection) return known;
    const log = new SharedLog(connection, names);
    this.open.set(names.wirePrefix, log);
    return log;
  }

  private constructor(
    private readonly connection: Connection,
    private readonly names: StreamNames,
  ) {
    this.reader = new LogReader(connection, names, this.closed.signal, (position) => this.appends.saw(position));
    this.appends = new Appends(connection, names, this.reader, this.known);
    this.tail = new Tail(this.reader, this.closed.signal);
    this.instants = new Instants(this.reader);
  }

  /** With the last of its users all it holds is given back. */
  async leave(): Promise<void> {
    this.users -= 1;
    if (this.users === 0 && SharedLog.open.get(this.names.wirePrefix) === this) {
      SharedLog.open.delete(this.names.wirePrefix);
      this.closed.abort();
    }
    await release(this.connection);
  }
}
