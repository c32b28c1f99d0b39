import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { commandRegisterLimits, type CommandRegister, type Note } from '../command-register.js';

/** One register seen through two independent instances, as two processes would. A twin may give the same twice. */
export type ContractedRegister = { readonly registers: readonly [CommandRegister, CommandRegister]; dispose(): Promise<void> };

/** The behaviour that every command register shares. */
export const commandRegisterContract = (name: string, makeRegister: () => Promise<ContractedRegister>): void => {
  describe(`${name} is a command register`, () => {
    let made: ContractedRegister;
    let one: CommandRegister;
    let other: CommandRegister;
    const command = (more: Partial<Note> = {}): Note => ({
      commandId: randomUUID(),
      commandDigest: 'sha256:a',
      stream: 'room-1',
      quiet: false,
      keptDays: 30,
      ...more,
    });
    const known = ({ commandId, commandDigest, stream, quiet }: Note) => ({ commandId, commandDigest, stream, quiet });

    beforeAll(async () => {
      made = await makeRegister();
      [one, other] = made.registers;
    });
    afterAll(() => made.dispose());

    test('an id is taken by the first that asks, and the others are told by whom', async () => {
      const first = command();
      expect(await one.note(first)).toBeUndefined();
      expect(await other.note({ ...first, commandDigest: 'sha256:b', stream: 'room-2' })).toMatchObject(known(first));
      expect(await other.find(first.commandId)).toMatchObject(known(first));
      expect(await one.find(randomUUID())).toBeUndefined();
    });

    test('of many that ask at once, here and there, one is first', async () => {
      const notes = Array.from({ length: 40 }, (_, n) => command({ commandDigest: `sha256:${n % 4}`, stream: `room-${n}` }));
      const shared = notes[0]!.commandId;
      const asked = await Promise.all(notes.map((note, n) => (n % 2 === 0 ? one : other).note(n % 3 === 0 ? { ...note, commandId: shared } : note)));
      const ofShared = asked.filter((_, n) => n % 3 === 0);
      expect(ofShared.filter((answer) => answer === undefined)).toHaveLength(1);
      expect(new Set(ofShared.flatMap((answer) => answer?.stream ?? [])).size).toBe(1);
      expect(asked.filter((answer, n) => n % 3 !== 0 && answer !== undefined)).toEqual([]);
    });

    test('that a command was quiet is remembered', async () => {
      const quiet = command({ quiet: true });
      await one.note(quiet);
      expect(await other.find(quiet.commandId)).toMatchObject({ quiet: true });
      expect(await other.note({ ...quiet, quiet: false })).toMatchObject({ quiet: true });
    });

    test('an id goes to another command only while it stands for what was seen', async () => {
      const [first, second, third] = [command(), command({ commandDigest: 'sha256:b', stream: 'room-2' }), command({ commandDigest: 'sha256:c' })];
      const of = (note: Note): Note => ({ ...note, commandId: first.commandId });
      await one.note(first);
      const seen = (await other.find(first.commandId))!;
      expect(await other.replace(seen, of(second))).toBe(true);
      expect(await one.replace(seen, of(third))).toBe(false);
      expect(await one.find(first.commandId)).toMatchObject(known(of(second)));
    });

    test('a command ages, and one that has ended is as old as can be', async () => {
      const note = command();
      await one.note(note);
      expect((await one.find(note.commandId))!.ageMs).toBeLessThan(commandRegisterLimits.underWayMsMax);
      await other.release({ ...note, commandDigest: 'sha256:other' });
      expect((await one.find(note.commandId))!.ageMs).toBeLessThan(commandRegisterLimits.underWayMsMax);
      await other.release(note);
      expect((await one.find(note.commandId))!.ageMs).toBeGreaterThan(commandRegisterLimits.underWayMsMax);
    });

    test('a command that is tried again is young again, as long as the id is its own', async () => {
      const note = command();
      await one.note(note);
      await one.release(note);
      expect(await other.renew(note)).toBe(true);
      expect((await one.find(note.commandId))!.ageMs).toBeLessThan(commandRegisterLimits.underWayMsMax);
      expect(await other.renew({ ...note, commandDigest: 'sha256:other' })).toBe(false);
      expect(await other.renew(command())).toBe(false);
    });

    test('a command that somebody else tries too is not released by the one that has ended', async () => {
      const note = command();
      await one.note(note);
      await other.renew(note);
      await one.release(note);
      expect((await one.find(note.commandId))!.ageMs).toBeLessThan(commandRegisterLimits.underWayMsMax);
    });
  });
};
