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

/** A command under way: at which revision it was decided last, what the register said of it before its last append, and whether its id was free. */
export type Repeatable = { readonly stream: string; readonly context: NamedContext; revision?: number | 'none'; standing?: Promise<Standing>; hasTaken?: boolean };
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
   * Before each append of a command. An asked one takes its id before the first, so that a crash after it leaves an id without events: the
   * same command finds it its own, and another is given it once the log shows that nothing came of the first. Before every other append
   * the id is renewed, so that it is never given away under one that is under way.
   */
  standing(asked: Repeatable): Promise<Standing> | Standing {
    const { register } = this;
    const { repeating } = asked.context;
    if (register === undefined || repeating === undefined) return 'free';
    if (repeating === 'delivered') return (asked.standing ??= found(register, asked));
    return (asked.standing = this.held(register, asked, asked.standing));
  }

  /** Whether a command whose append has failed may be appended again; not when the register cannot say so. */
  async isStillFree(asked: Repeatable): Promise<boolean> {
    try {
      return (await this.standing(asked)) === 'free';
    } catch {
      return false;
    }
  }

  /**
   * After a command has ended without events: that it decided nothing is noted; one that is refused now may have been answered before; what
   * was refused frees the id it took, unless the id was renewed since: then it goes to another by age alone. A crash before it leaves a command that nobody was answered: it is decided again.
   */
  async remembered<Ended extends Outcome>(asked: Repeatable, outcome: Ended): Promise<Ended | Recognised> {
    const { register } = this;
    if (register === undefined || asked.context.repeating === undefined) return outcome;
    if (outcome.status === 'quiet') return recognised(asked, await this.take(register, asked, true)) ?? outcome;
    const refused = outcome.status === 'rejected';
    const before = refused ? recognised(asked, await this.before(register, asked)) : undefined;
    if (before !== undefined) return before;
    if ((refused || outcome.status === 'conflict') && asked.hasTaken === true) await register.release(noteOf(asked, false));
    return outcome;
  }

  /** What the register says of a command that it is not asked to note. */
  private async before(register: CommandRegister, { stream, context }: Repeatable): Promise<Standing> {
    const known = await register.find(context.commandId);
    if (known === undefined) return 'free';
    if (known.commandDigest === context.commandDigest) return known.quiet && known.stream === stream ? 'quiet' : 'free';
    return known.quiet || (await this.isDecided(known)) ? 'key-reused' : 'free';
  }

  private async held(register: CommandRegister, asked: Repeatable, earlier: Promise<Standing> | undefined): Promise<Standing> {
    const before = await earlier;
    if (before === undefined) return this.take(register, asked);
    return before !== 'free' || (await register.renew(noteOf(asked, false))) ? before : this.take(register, asked);
  }

  private async take(register: CommandRegister, asked: Repeatable, quiet = false): Promise<Standing> {
    const note = noteOf(asked, quiet);
    const known = await register.note(note);
    if (known?.commandDigest === note.commandDigest) return (await same(register, known, note)) ?? this.take(register, asked, quiet);
    if (known !== undefined) {
      if (known.quiet || known.ageMs < commandRegisterLimits.underWayMsMax || (await this.isDecided(known))) return 'key-reused';
      if (!(await register.replace(known, note))) return this.take(register, asked, quiet);
    }
    asked.hasTaken = true;
    return 'free';
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

/**
 * One request may give several streams commands under one id; only the first is remembered by its stream. A repeat that will append
 * renews the id, since the first may be given up by now; undefined when it has gone to another meanwhile.
 */
const same = async (register: CommandRegister, known: RegisteredCommand, note: Note): Promise<Standing | undefined> => {
  const isHere = known.stream === note.stream;
  if (known.quiet) return isHere ? 'quiet' : 'free';
  if (!note.quiet) return (await register.renew(note)) ? 'free' : undefined;
  if (isHere) await register.replace(known, note);
  return 'free';
};

const noteOf = ({ stream, context: { commandId, commandDigest, repeating } }: Repeatable, quiet: boolean): Note => {
  const { keyKeptDays, quietKeptDays } = commandRegisterLimits;
  return { commandId, commandDigest, stream, quiet, keptDays: repeating === 'asked' ? keyKeptDays : quietKeptDays };
};
