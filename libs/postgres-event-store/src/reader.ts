import type { Position, RecordedEvent } from '@program-ledger/event-sourcing';
import type pg from 'pg';
import { failure } from './failures.js';

/** In the order that `eventOf` takes them; positions and instants come as text, exactly. An `order by` names the table, or it would sort that text. */
const columns = 'e.position::text, e.stream, e.revision, e.id, e.type, e.data, e.metadata, e.recorded_at::text';
type Row = readonly [string, string, number, string, string, string, string, string];

const eventOf = ([position, stream, revision, id, type, data, metadata, recordedAt]: Row): RecordedEvent => ({
  id,
  type,
  data,
  metadata,
  recordedAt: instantOf(recordedAt),
  stream,
  revision,
  position: BigInt(position),
});

let lastInstant = { text: '', instant: '' };
/** Events of one append share their instant, so formatting it again is mostly spared. */
const instantOf = (milliseconds: string): string => {
  if (lastInstant.text !== milliseconds) lastInstant = { text: milliseconds, instant: new Date(Number(milliseconds)).toISOString() };
  return lastInstant.instant;
};

/** The three questions that reading asks of the database; each is one prepared statement. */
export class Reader {
  constructor(private readonly pool: pg.Pool) {}

  /** Events of one stream from a revision on, at most `pageSize`, not after `upTo`. */
  async streamPage(stream: string, from: number, upTo: Position | undefined, pageSize: number): Promise<readonly RecordedEvent[]> {
    const rows = await this.query<Row>(
      'read-stream',
      `select ${columns} from event_store.events e where e.stream = $1 and e.revision >= $2 and e.position <= $3 order by e.revision limit $4`,
      [stream, from, (upTo ?? positionMax).toString(), pageSize],
    );
    return rows.map(eventOf);
  }

  /** Events whose position is in (after, upTo], of streams with one of the prefixes. */
  async window(after: Position, upTo: Position, prefixes: readonly string[] | undefined): Promise<readonly RecordedEvent[]> {
    const rows =
      prefixes === undefined
        ? await this.query<Row>('read-log', `select ${columns} from event_store.events e where e.position > $1 and e.position <= $2 order by e.position`, [
            after.toString(),
            upTo.toString(),
          ])
        : await this.query<Row>(
            'read-log-by-prefix',
            `select ${columns} from event_store.events e where e.position > $1 and e.position <= $2 and e.stream ^@ any ($3::text[]) order by e.position`,
            [after.toString(), upTo.toString(), prefixes],
          );
    return rows.map(eventOf);
  }

  async head(): Promise<Position> {
    const [row] = await this.query<readonly [string]>('head', 'select coalesce(max(position), 0)::text from event_store.events', []);
    return BigInt(row![0]);
  }

  async positionAt(milliseconds: number): Promise<Position> {
    const [row] = await this.query<readonly [string]>('position-at', 'select event_store.position_at($1)::text', [milliseconds]);
    return BigInt(row![0]);
  }

  private async query<Row extends readonly unknown[]>(name: string, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      const { rows } = await this.pool.query<Row[]>({ name, text, values: [...values], rowMode: 'array' });
      return rows as unknown as readonly Row[];
    } catch (error) {
      throw failure(error);
    }
  }
}

/** The largest value of PostgreSQL's bigint. */
const positionMax: Position = 2n ** 63n - 1n;
