/** One command as it is asked for: what its id stands for and where it is decided. */
export type NamedCommand = { readonly commandId: string; readonly commandDigest: string; readonly stream: string };

/** What is remembered of a command id. `quiet`: it was answered, and decided nothing. */
export type RegisteredCommand = NamedCommand & { readonly quiet: boolean; readonly ageMs: number };

export type Note = NamedCommand & { readonly quiet: boolean; readonly keptDays: number };

/**
 * What a service remembers of commands beside what their streams show: which command an id was taken for before its events are in the
 * log, and which ids decided nothing. It is a memory, never the truth: the log says what was decided. The in-memory twin and the
 * PostgreSQL one pass the suite in `testing/command-register-contract.ts`.
 */
export abstract class CommandRegister {
  /** What is remembered under the id. */
  abstract find(commandId: string): Promise<RegisteredCommand | undefined>;
  /** Notes the command under its id when the id is free (then undefined), or answers what it is taken for. Of several at once one is first. */
  abstract note(note: Note): Promise<RegisteredCommand | undefined>;
  /** Gives the id to another command, if it still stands for `known`; answers whether it did. */
  abstract replace(known: RegisteredCommand, note: Note): Promise<boolean>;
  /** The command is about to be appended again, or by somebody else too: from now on it is as young as can be. False when the id does not stand for it. */
  abstract renew(command: NamedCommand): Promise<boolean>;
  /** The command has ended without events: its id may go to another as soon as somebody asks, unless it was renewed since it was noted. */
  abstract release(note: Note): Promise<void>;
}

export const commandRegisterLimits = {
  /** For so long an idempotency key cannot be used for another command; in the stream that it was used on, never. */
  keyKeptDays: 30,
  /**
   * For so long a message whose command decided nothing is recognised: longer than any broker here holds back a message that was not
   * committed. A message that is handed out later still is decided on the state of then.
   */
  quietKeptDays: 400,
  /** After so long without a trace in the log, a command is taken for given up: it is renewed before each append, and no single one is waited for as long. */
  underWayMsMax: 120_000,
} as const;
