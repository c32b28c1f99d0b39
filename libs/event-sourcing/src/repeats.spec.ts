import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { reject, type Aggregate } from './aggregate.js';
import { commandRegisterLimits, type Note } from './command-register.js';
import { Commands, type CommandContext } from './commands.js';
import { EventStoreUnavailable } from './event-store.js';
import type { Repeating } from './repeats.js';
import { commandRegisterContract, InMemoryEventStore, MemoryCommandRegister, type AppendFault } from './testing/index.js';

commandRegisterContract('the in-memory twin', () => {
  const register = new MemoryCommandRegister();
  return Promise.resolve({ registers: [register, register], dispose: () => Promise.resolve() });
});

const at = '2025-10-31T00:00:00.000Z';
const lit = z.strictObject({ type: z.literal('lamp-lit'), at: z.string() });
const put = z.strictObject({ type: z.literal('lamp-put-out'), at: z.string() });
type LampEvent = z.infer<typeof lit> | z.infer<typeof put>;

/** Putting out a lamp that does not burn decides nothing; once it burns, it would. */
const lamp: Aggregate<{ readonly burns: boolean }, { readonly type: 'light' | 'put-out' | 'clean' }, LampEvent, 'hot'> = {
  category: 'lamp',
  events: { 'lamp-lit': { version: 1, schema: lit }, 'lamp-put-out': { version: 1, schema: put } },
  initial: { burns: false },
  evolve: (_, { type }) => ({ burns: type === 'lamp-lit' }),
  decide: ({ type }, { burns }) => {
    if (type === 'clean') return burns ? reject('hot') : [];
    if (type === 'light') return burns ? [] : [{ type: 'lamp-lit', at }];
    return burns ? [{ type: 'lamp-put-out', at }] : [];
  },
};

const context = (commandId: string, repeating?: Repeating, commandDigest = 'sha256:body'): CommandContext => ({
  commandId,
  commandDigest,
  correlationId: commandId,
  causationId: commandId,
  actor: 'person-1',
  ...(repeating !== undefined && { repeating }),
});

/** A register that dies when told to: before or after it has noted. */
class Breaking extends MemoryCommandRegister {
  breaks: 'before' | 'after' | 'never' = 'never';
  asked = 0;
  override async note(note: Note) {
    this.asked += 1;
    if (this.breaks === 'before') throw new Error('killed');
    const known = await super.note(note);
    if (this.breaks === 'after') throw new Error('killed');
    return known;
  }
  override find(commandId: string) {
    this.asked += 1;
    return super.find(commandId);
  }
}

/** Lets something come between a decision and its append; what comes between is let alone. */
class Interrupted extends InMemoryEventStore {
  between: () => Promise<void> = () => Promise.resolve();
  private isBetween = false;
  override async append(...asked: Parameters<InMemoryEventStore['append']>) {
    if (!this.isBetween) {
      this.isBetween = true;
      await this.between().finally(() => (this.isBetween = false));
    }
    return super.append(...asked);
  }
}

/** Two instances of a service over one log and one register; time is told by hand. */
const world = () => {
  let [nowMs, fault]: [number, AppendFault] = [0, 'none'];
  const store = new Interrupted({ fault: () => fault });
  const register = new Breaking(() => nowMs);
  let pausing: () => Promise<void> = () => Promise.resolve();
  const instance = () => new Commands(store, { now: () => at, register, pause: () => pausing() });
  const instances = [instance(), instance()] as const;
  return {
    register,
    instances,
    restarted: instance,
    comesBetween: (next: () => Promise<void>) => void (store.between = next),
    /** What happens while the first instance pauses before it tries again. */
    pauses: (next: () => Promise<void>) => void (pausing = next),
    wait: (milliseconds: number) => void (nowMs += milliseconds),
    appends: (next: AppendFault) => void (fault = next),
    do: async (type: 'light' | 'put-out' | 'clean', id: string, by: CommandContext, which = instances[0]) => (await which.handle(lamp, id, { type }, by)).status,
    burns: async (id: string) => (await instances[0].load(lamp, id)).state.burns,
  };
};

describe('a command that decided nothing', () => {
  test.each(['delivered', 'asked'] as const)('decides nothing when it is %s again, however late and wherever', async (repeating) => {
    const { do: does, restarted, burns } = world();
    expect(await does('put-out', '1', context('c-1', repeating))).toBe('quiet');
    await does('light', '1', context('c-2'));
    expect(await does('put-out', '1', context('c-1', repeating))).toBe('quiet');
    expect(await does('put-out', '1', context('c-1', repeating), restarted())).toBe('quiet');
    expect(await burns('1')).toBe(true);
  });

  test.each(['delivered', 'asked'] as const)('is not refused when it is %s again', async (repeating) => {
    const { do: does, instances } = world();
    expect(await does('clean', '1', context('c-1', repeating))).toBe('quiet');
    await does('light', '1', context('c-2'));
    expect(await instances[1].handle(lamp, '1', { type: 'clean' }, context('c-1', repeating))).toEqual({ status: 'quiet', stream: 'lamp-1', revision: 0 });
    expect(await does('clean', '1', context('c-3', repeating))).toBe('rejected');
    expect(await does('clean', '1', context('c-3', repeating))).toBe('rejected');
  });

  test('is decided again when the crash came before the note, since nobody was answered', async () => {
    const { do: does, register, restarted, burns } = world();
    register.breaks = 'before';
    await expect(does('put-out', '1', context('c-1', 'delivered'))).rejects.toThrow('killed');
    register.breaks = 'never';
    await does('light', '1', context('c-2'));
    expect(await does('put-out', '1', context('c-1', 'delivered'), restarted())).toBe('decided');
    expect(await burns('1')).toBe(false);
  });

  test('of a timer comes again as long as it has something to do', async () => {
    const { do: does, register } = world();
    expect(await does('put-out', '1', context('c-1'))).toBe('quiet');
    await does('light', '1', context('c-2'));
    expect(await does('put-out', '1', context('c-1'))).toBe('decided');
    expect(register.asked).toBe(0);
  });

  test('costs a message that decides one look and no note', async () => {
    const { do: does, register } = world();
    expect(await does('light', '1', context('c-1', 'delivered'))).toBe('decided');
    expect(register.asked).toBe(1);
    expect(await register.find('c-1')).toBeUndefined();
  });
});

describe('a key', () => {
  test.each(['the same instance', 'another instance'])('stands for one command: another body on another stream is refused by %s', async (which) => {
    const { do: does, instances, burns } = world();
    expect(await does('light', '1', context('key', 'asked'))).toBe('decided');
    expect(await does('light', '2', context('key', 'asked', 'sha256:other'), instances[which === 'another instance' ? 1 : 0])).toBe('key-reused');
    expect(await burns('2')).toBe(false);
    expect(await does('light', '1', context('key', 'asked'), instances[1])).toBe('repeated');
  });

  test('is not given away while its command is under way, nor ever when the log shows its events', async () => {
    const { do: does, wait, appends, restarted } = world();
    appends('after');
    await expect(does('light', '1', context('key', 'asked'))).rejects.toThrow(EventStoreUnavailable);
    appends('none');
    expect(await does('light', '2', context('key', 'asked', 'sha256:other'))).toBe('key-reused');
    wait(commandRegisterLimits.underWayMsMax);
    expect(await does('light', '2', context('key', 'asked', 'sha256:other'), restarted())).toBe('key-reused');
    expect(await does('light', '1', context('key', 'asked'), restarted())).toBe('repeated');
  });

  test.each(['before the append', 'on taking the id'])('whose command died %s is the same command’s at once, and another’s after a while', async (where) => {
    const { do: does, wait, appends, register, restarted, burns } = world();
    if (where === 'before the append') appends('before');
    else register.breaks = 'after';
    await expect(does('light', '1', context('key-1', 'asked'))).rejects.toThrow();
    await expect(does('light', '3', context('key-3', 'asked'))).rejects.toThrow();
    appends('none');
    register.breaks = 'never';
    expect(await does('light', '1', context('key-1', 'asked'), restarted())).toBe('decided');
    expect(await does('light', '4', context('key-3', 'asked', 'sha256:other'))).toBe('key-reused');
    wait(commandRegisterLimits.underWayMsMax);
    expect(await does('light', '4', context('key-3', 'asked', 'sha256:other'))).toBe('decided');
    expect(await does('light', '3', context('key-3', 'asked'))).toBe('key-reused');
    expect([await burns('1'), await burns('3'), await burns('4')]).toEqual([true, false, true]);
  });

  test('of a command that was answered without deciding stands for it too', async () => {
    const { do: does } = world();
    expect(await does('put-out', '1', context('key', 'asked'))).toBe('quiet');
    expect(await does('light', '2', context('key', 'asked', 'sha256:other'))).toBe('key-reused');
    expect(await does('put-out', '2', context('key', 'asked', 'sha256:other'))).toBe('key-reused');
  });

  test('is told to be reused also where the other command would be refused', async () => {
    const { do: does, instances } = world();
    await does('light', '1', context('key', 'asked'));
    await does('light', '2', context('c-2', 'asked'));
    expect(await does('clean', '2', context('key', 'asked', 'sha256:other'), instances[1])).toBe('key-reused');
    expect(await does('clean', '2', context('refused', 'asked'))).toBe('rejected');
    expect(await does('light', '3', context('refused', 'asked', 'sha256:other'))).toBe('decided');
  });

  test('whose command lost its revision is free for another at once', async () => {
    const { do: does, instances } = world();
    await does('light', '1', context('c-1'));
    await does('put-out', '1', context('c-2'), instances[1]);
    expect(await does('put-out', '1', { ...context('key', 'asked'), expectedRevision: 0 })).toBe('conflict');
    expect(await does('light', '2', context('key', 'asked', 'sha256:other'))).toBe('decided');
  });

  test('may give several streams a command each', async () => {
    const { do: does, restarted } = world();
    expect(await does('light', '1', context('key', 'asked'))).toBe('decided');
    expect(await does('light', '2', context('key', 'asked'))).toBe('decided');
    expect(await does('light', '1', context('key', 'asked'), restarted())).toBe('repeated');
    expect(await does('light', '2', context('key', 'asked'), restarted())).toBe('repeated');
  });

  test('is taken once a command, however often the stream was busy', async () => {
    const { do: does, register, instances } = world();
    await does('light', '1', context('c-1'));
    await does('put-out', '1', context('c-2'), instances[1]);
    await does('light', '1', context('c-3'), instances[1]);
    expect(await does('put-out', '1', context('key', 'asked'))).toBe('decided');
    expect(register.asked).toBe(1);
  });

  test('is not given away while its append is tried again and again, however long that takes', async () => {
    const { do: does, wait, appends, instances, burns, pauses } = world();
    appends('before');
    const others: Promise<string>[] = [];
    let tries = 0;
    pauses(async () => {
      wait(commandRegisterLimits.underWayMsMax * 0.7);
      others.push(Promise.resolve(await does('light', '2', context('key', 'asked', 'sha256:other'), instances[1])));
      if ((tries += 1) === 4) appends('none');
    });
    expect(await does('light', '1', context('key', 'asked'))).toBe('decided');
    expect(await Promise.all(others)).toEqual(Array.from({ length: 4 }, () => 'key-reused'));
    expect([await burns('1'), await burns('2')]).toEqual([true, false]);
  });

  test('is not given away while its stream is busy, however often', async () => {
    const { do: does, wait, instances, comesBetween, burns } = world();
    await does('light', '1', context('c-0'));
    let turn = 0;
    const refused: string[] = [];
    comesBetween(async () => {
      if (turn === 6) return;
      for (const type of ['put-out', 'light'] as const) await does(type, '1', context(`c-${(turn += 1)}`), instances[1]);
      wait(commandRegisterLimits.underWayMsMax * 0.7);
      refused.push(await does('light', '2', context('key', 'asked', 'sha256:other'), instances[1]));
    });
    expect(await does('put-out', '1', context('key', 'asked'))).toBe('decided');
    expect([refused, await burns('2')]).toEqual([['key-reused', 'key-reused', 'key-reused'], false]);
  });

  test('is not freed by one of two of its command, while the other is under way', async () => {
    const { do: does, appends, pauses, instances, burns } = world();
    await does('light', '1', context('c-1'));
    appends('before');
    const other: string[] = [];
    pauses(async () => {
      if (other.length > 0) return;
      other.push('asked');
      appends('none');
      // The same request reaches another instance, and loses; then another command comes with the key.
      other.push(await does('put-out', '1', { ...context('key', 'asked'), expectedRevision: 7 }, instances[1]));
      other.push(await does('light', '2', context('key', 'asked', 'sha256:other'), instances[1]));
    });
    expect(await does('put-out', '1', context('key', 'asked'))).toBe('decided');
    expect(other).toEqual(['asked', 'conflict', 'key-reused']);
    expect([await burns('1'), await burns('2')]).toEqual([false, false]);
  });

  test('is not freed by the one that took it, when a repeat of its command is under way', async () => {
    const { do: does, register, burns } = world();
    const note: Note = { commandId: 'key', commandDigest: 'sha256:body', stream: 'lamp-1', quiet: false, keptDays: commandRegisterLimits.keyKeptDays };
    await register.note(note);
    await does('light', '1', context('c-1'));
    // A repeat on its way renews what the first took; then the first is refused.
    expect(await register.renew(note)).toBe(true);
    await register.release(note);
    expect(await does('light', '2', context('key', 'asked', 'sha256:other'))).toBe('key-reused');
    expect(await burns('2')).toBe(false);
  });
});
