import { CommandRegister, type NamedCommand, type Note, type RegisteredCommand } from '@program-ledger/event-sourcing';
import type { DataSource } from 'typeorm';
import { registerTable } from './tables.js';
import { Together } from './together.js';

/**
 * The register in the service's database. Ids are taken without waiting for the disk: a crash of PostgreSQL forgets those of its last
 * half second, and where the log is on the same server, forgets no id whose events the log has. That a command was quiet is kept at once.
 */
export class PostgresCommandRegister extends CommandRegister {
  private readonly finding = new Together<string, RegisteredCommand | undefined>((ids) => this.findAll(ids));
  private readonly noting = new Together<Note, RegisteredCommand | undefined>((notes) => this.noteAll(notes));

  constructor(private readonly database: DataSource) {
    super();
  }

  find(commandId: string): Promise<RegisteredCommand | undefined> {
    return this.finding.ask(commandId);
  }

  note(note: Note): Promise<RegisteredCommand | undefined> {
    return note.quiet ? this.noteQuiet(note) : this.noting.ask(note);
  }

  async replace(known: RegisteredCommand, { commandDigest, stream, quiet, keptDays }: Note): Promise<boolean> {
    const [, replaced] = await this.database.query<[unknown, number]>(
      `update ${registerTable} set command_digest = $5, stream = $6, quiet = $7, since = now(), expires_at = now() + make_interval(days => $8)
       where command_id = $1 and command_digest = $2 and stream = $3 and quiet = $4`,
      [known.commandId, known.commandDigest, known.stream, known.quiet, commandDigest, stream, quiet, keptDays],
    );
    return replaced === 1;
  }

  async renew({ commandId, commandDigest }: NamedCommand): Promise<boolean> {
    const [, renewed] = await this.database.query<[unknown, number]>(
      `update ${registerTable} set since = clock_timestamp() where command_id = $1 and command_digest = $2 and not quiet`,
      [commandId, commandDigest],
    );
    return renewed === 1;
  }

  /** A row that was never renewed is kept for its days from its own `since` on. */
  async release({ commandId, commandDigest, keptDays }: Note): Promise<void> {
    await this.database.query(
      `update ${registerTable} set since = to_timestamp(0)
       where command_id = $1 and command_digest = $2 and not quiet and expires_at = since + make_interval(days => $3)`,
      [commandId, commandDigest, keptDays],
    );
  }

  private async findAll(ids: readonly string[]): Promise<readonly (RegisteredCommand | undefined)[]> {
    const rows = await this.database.query<Row[]>(`select ${columns} from ${registerTable} where command_id = any($1)`, [ids]);
    const known = new Map(rows.map((row) => [row.command_id, commandOf(row)]));
    return ids.map((id) => known.get(id));
  }

  /** The first of each id in one statement; whoever asked for an id beside it is told of that one. */
  private async noteAll(notes: readonly Note[]): Promise<readonly (RegisteredCommand | undefined)[]> {
    const firsts = new Map<string, Note>();
    for (const note of notes) if (!firsts.has(note.commandId)) firsts.set(note.commandId, note);
    const known = await this.insert([...firsts.values()]);
    return Promise.all(notes.map((note) => (firsts.get(note.commandId) === note ? known.get(note.commandId) : this.knownOrNoted(note))));
  }

  /** What is known under the ids that were not free. They are inserted in one order everywhere, so that two instances never wait for each other. */
  private async insert(notes: readonly Note[]): Promise<ReadonlyMap<string, RegisteredCommand>> {
    const ordered = [...notes].sort((one, next) => (one.commandId < next.commandId ? -1 : 1));
    const inserted = await this.database.query<{ command_id: string }[]>(
      `insert into ${registerTable} (command_id, command_digest, stream, quiet, since, expires_at)
       select command_id, command_digest, stream, false, now(), now() + make_interval(days => kept_days)
       from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) as asked (command_id, command_digest, stream, kept_days),
         (select set_config('synchronous_commit', 'off', true)) as lazily
       on conflict do nothing returning command_id`,
      [ordered.map(({ commandId }) => commandId), ordered.map(({ commandDigest }) => commandDigest), ordered.map(({ stream }) => stream), ordered.map(({ keptDays }) => keptDays)],
    );
    if (inserted.length === ordered.length) return new Map();
    const free = new Set(inserted.map(({ command_id }) => command_id));
    const taken = ordered.filter(({ commandId }) => !free.has(commandId));
    const known = await Promise.all(taken.map(async (note): Promise<[string, RegisteredCommand | undefined]> => [note.commandId, await this.knownOrNoted(note)]));
    return new Map(known.flatMap(([id, command]) => (command === undefined ? [] : [[id, command]])));
  }

  /** What stands in the way of a note; when it has expired meanwhile, the note is made. */
  private async knownOrNoted(note: Note): Promise<RegisteredCommand | undefined> {
    const [known] = await this.findAll([note.commandId]);
    return known ?? (await this.insert([note])).get(note.commandId);
  }

  private async noteQuiet(note: Note): Promise<RegisteredCommand | undefined> {
    const noted = await this.database.query<unknown[]>(
      `insert into ${registerTable} (command_id, command_digest, stream, quiet, since, expires_at) values ($1, $2, $3, true, now(), now() + make_interval(days => $4))
       on conflict do nothing returning 1`,
      [note.commandId, note.commandDigest, note.stream, note.keptDays],
    );
    if (noted.length > 0) return undefined;
    const [known] = await this.findAll([note.commandId]);
    return known ?? this.noteQuiet(note);
  }
}

type Row = { readonly command_id: string; readonly command_digest: string; readonly stream: string; readonly quiet: boolean; readonly age_ms: string };

const columns = 'command_id, command_digest, stream, quiet, (extract(epoch from clock_timestamp() - since) * 1000)::bigint as age_ms';

const commandOf = ({ command_id: commandId, command_digest: commandDigest, stream, quiet, age_ms }: Row): RegisteredCommand => ({
  commandId,
  commandDigest,
  stream,
  quiet,
  ageMs: Number(age_ms),
});
