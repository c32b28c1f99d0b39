import { Journal, type GroupPosition, type JournalEntry, type JournalRecord, type Topic } from '../in-process/journal.js';
import type { DeadLetter, FailureCause } from '../ports.js';

/** A journal that forgets with the process. Give the same one to a second broker to see what survives a crash of the first. */
export class MemoryJournal extends Journal {
  private readonly records = new Map<string, JournalRecord[]>();
  private readonly committed = new Map<string, GroupPosition>();
  private readonly parked = new Map<string, DeadLetter>();

  constructor(private readonly declared: readonly Topic[]) {
    super();
  }

  topics(): Promise<readonly Topic[]> {
    return Promise.resolve(this.declared);
  }

  heads(): Promise<readonly GroupPosition[]> {
    const places = this.declared.flatMap(({ name, partitions }) => Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })));
    return Promise.resolve(places.map(({ topic, partition }) => ({ topic, partition, next: BigInt(this.log(topic, partition).length) })));
  }

  append(entries: readonly JournalEntry[]): Promise<readonly JournalRecord[]> {
    const appended = entries.map((entry) => {
      const log = this.log(entry.topic, entry.partition);
      const record = { ...entry, offset: BigInt(log.length) };
      log.push(record);
      return record;
    });
    return Promise.resolve(appended);
  }

  read({ topic, partition, next }: GroupPosition, recordsMax: number): Promise<readonly JournalRecord[]> {
    return Promise.resolve(this.log(topic, partition).slice(Number(next), Number(next) + recordsMax));
  }

  positions(group: string): Promise<readonly GroupPosition[]> {
    return Promise.resolve([...this.committed].filter(([at]) => at.startsWith(`${group}\u001f`)).map(([, position]) => position));
  }

  commit(group: string, position: GroupPosition): Promise<void> {
    this.committed.set([group, position.topic, position.partition].join('\u001f'), position);
    return Promise.resolve();
  }

  async park(letter: DeadLetter, entry: JournalEntry): Promise<JournalRecord> {
    this.parked.set(placeOf(letter), letter);
    const [record] = await this.append([entry]);
    if (record === undefined) throw new Error('nothing was appended');
    return record;
  }

  letters(group?: string): Promise<readonly DeadLetter[]> {
    const letters = [...this.parked.values()].filter((letter) => group === undefined || letter.group === group);
    return Promise.resolve(letters.sort((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1)));
  }

  countLetters(group: string): Promise<number> {
    return Promise.resolve([...this.parked.values()].filter((letter) => letter.group === group).length);
  }

  askRedrive(group: string, key: string): Promise<number> {
    const asked = [...this.parked.values()].filter((letter) => letter.group === group && letter.key === key);
    for (const letter of asked) this.parked.set(placeOf(letter), { ...letter, redriving: true });
    return Promise.resolve(asked.length);
  }

  settle(letter: DeadLetter, cause: FailureCause | null): Promise<void> {
    if (cause === null) this.parked.delete(placeOf(letter));
    else {
      const sameKey = [...this.parked.values()].filter(({ group, topic, key }) => group === letter.group && topic === letter.topic && key === letter.key);
      for (const each of sameKey) this.parked.set(placeOf(each), { ...each, redriving: false });
      this.parked.set(placeOf(letter), { ...letter, cause, redriving: false });
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private log(topic: string, partition: number): JournalRecord[] {
    const at = `${topic}\u001f${partition}`;
    const log = this.records.get(at) ?? [];
    this.records.set(at, log);
    return log;
  }
}

const placeOf = ({ group, topic, partition, offset }: DeadLetter): string => [group, topic, partition, String(offset).padStart(20, '0')].join('\u001f');
