import { commandRegisterLimits, type CommandRegister, type NamedCommand, type Note, type RegisteredCommand } from './command-register.js';
import type { EventStore } from './event-store.js';
import { uuidFrom } from './identifiers.js';

/**
 * How a command may come again: `asked` by somebody whose key may by mistake stand for another command, or `delivered` by a broker with
 * the message that it follows from. One that comes again only as long as it has something to do, as a timer's, says nothing.
 */
export type Repeating = 'asked' | 'delivered';

/** What the register says of a command that is about to decide something: nothing, that it decided nothing then, or another's id. */
export type Standing = 'free' | 'quiet' | 'key-reused';

/** A command under way: at which revision it was decided last, and what the register said of it, asked once before its first append. */
export type Repeatable = { readonly stream: string; readonly context: NamedContext; revision?: number | 'none'; standing?: Promise<Standing> };
type NamedContext = Pick<NamedCommand, 'commandId' | 'commandDigest'> & { readonly repeating?: Repeating };

type Outcome = { readonly status: string };
type Recognised = { readonly status: 'key-reused'; readonly stream: string } | { readonly status: 'quiet'; readonly stream: string; readonly revision: number | 'none' };

/** Recognises the repeats that the command's own stream cannot show; without a register, none. */
export class Repeats {
  constructor(
    private readonly store: EventStore,
    private readonly register: CommandRegister | undefined,
  ) {}

  /**
   * Before the first append of a command. An asked one takes its id here, so that a crash after it leaves an id without events: the same
   * command finds it its own, and another is given it once the log shows that nothing came of the first.
   */
  standing(asked: Repeatable): Promise<Standing> | Standing {
    const { register } = this;
    const { repeating } = asked.context;
    if (register === undefined || repeating === undefined) return 'free';
    return (asked.standing ??= repeating === 'asked' ? this.take(register, noteOf(asked, false)) : found(register, asked));
  }

  /**
   * After a command has ended without events: that it decided nothing is noted; one that is refused now may have been answered before; what
   * was refused frees the id it took. A crash before it leaves a command that nobody was answered: it is decided again.
   */
  async remembered<Ended extends Outcome>(asked: Repeatable, outcome: Ended): Promise<Ended | Recognised> {
    const { register } = this;
    if (register === undefined || asked.context.repeating === undefined) return outcome;
    if (outcome.status === 'quiet') return recognised(asked, await this.take(register, noteOf(asked, true))) ?? outcome;
    const refused = outcome.status === 'rejected';
    const before = refused ? recognised(asked, await this.before(register, asked)) : undefined;
    if (before !== undefined) return before;
    if ((refused || outcome.status === 'conflict') && (await asked.standing) === 'free') await register.release(noteOf(asked, false));
    return outcome;
  }

  /** What the register says of a command that it is not asked to note. */
  private async before(register: CommandRegister, { stream, context }: Repeatable): Promise<Standing> {
    const known = await register.find(context.commandId);
    if (known === undefined) return 'free';
    if (known.commandDigest === context.commandDigest) return known.quiet && known.stream === stream ? 'quiet' : 'free';
    return known.quiet || (await this.isDecided(known)) ? 'key-reused' : 'free';
  }

  private async take(register: CommandRegister, note: Note): Promise<Standing> {
    const known = await register.note(note);
    if (known === undefined) return 'free';
    if (known.commandDigest === note.commandDigest) return same(register, known, note);
    if (known.quiet || known.ageMs < commandRegisterLimits.underWayMsMax || (await this.isDecided(known))) return 'key-reused';
    return (await register.replace(known, note)) ? 'free' : this.take(register, note);
  }

  private async isDecided({ commandId, stream }: NamedCommand): Promise<boolean> {
    const first = uuidFrom(commandId, stream, '0');
    for await (const page of this.store.read(stream)) if (page.some(({ id }) => id === first)) return true;
    return false;
  }
}

const recognised = ({ stream, revision = 'none' }: Repeatable, standing: Standing): Recognised | undefined =>
  standing === 'free' ? undefined : { status: standing, stream, revision };

const found = async (register: CommandRegister, { context }: Repeatable): Promise<Standing> =>
  (await register.find(context.commandId))?.quiet === true ? 'quiet' : 'free';

/** One request may give several streams commands under one id; only the first is remembered by its stream. */
const same = async (register: CommandRegister, known: RegisteredCommand, note: Note): Promise<Standing> => {
  if (known.stream !== note.stream) return 'free';
  if (known.quiet) return 'quiet';
  if (note.quiet) await register.replace(known, note);
  return 'free';
};

const noteOf = ({ stream, context: { commandId, commandDigest, repeating } }: Repeatable, quiet: boolean): Note => {
  const { keyKeptDays, quietKeptDays } = commandRegisterLimits;
  return { commandId, commandDigest, stream, quiet, keptDays: repeating === 'asked' ? keyKeptDays : quietKeptDays };
};
