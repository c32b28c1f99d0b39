import { CommandRegister, type NamedCommand, type Note, type RegisteredCommand } from '../command-register.js';

type Entry = Omit<RegisteredCommand, 'ageMs'> & { readonly sinceMs: number; readonly renewed: boolean };

/** A register that forgets with the process. Several `Commands` may share one, as the instances of a service share a table. */
export class MemoryCommandRegister extends CommandRegister {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly nowMs: () => number = Date.now) {
    super();
  }

  find(commandId: string): Promise<RegisteredCommand | undefined> {
    return Promise.resolve(this.known(commandId));
  }

  note(note: Note): Promise<RegisteredCommand | undefined> {
    const known = this.known(note.commandId);
    if (known === undefined) this.put(note);
    return Promise.resolve(known);
  }

  replace({ commandId, commandDigest, stream, quiet }: RegisteredCommand, note: Note): Promise<boolean> {
    const now = this.known(commandId);
    const isSame = now?.commandDigest === commandDigest && now.stream === stream && now.quiet === quiet;
    if (isSame) this.put(note);
    return Promise.resolve(isSame);
  }

  renew({ commandId, commandDigest }: NamedCommand): Promise<boolean> {
    const entry = this.entries.get(commandId);
    const isHeld = entry?.commandDigest === commandDigest && !entry.quiet;
    if (isHeld) this.entries.set(commandId, { ...entry, sinceMs: this.nowMs(), renewed: true });
    return Promise.resolve(isHeld);
  }

  release({ commandId, commandDigest }: Note): Promise<void> {
    const entry = this.entries.get(commandId);
    if (entry?.commandDigest === commandDigest && !entry.quiet && !entry.renewed) this.entries.set(commandId, { ...entry, sinceMs: -Infinity });
    return Promise.resolve();
  }

  private known(commandId: string): RegisteredCommand | undefined {
    const entry = this.entries.get(commandId);
    if (entry === undefined) return undefined;
    const { sinceMs, renewed: _, ...known } = entry;
    return { ...known, ageMs: this.nowMs() - sinceMs };
  }

  private put({ commandId, commandDigest, stream, quiet }: Note): void {
    this.entries.set(commandId, { commandId, commandDigest, stream, quiet, sinceMs: this.nowMs(), renewed: false });
  }
}
