import { reject, uuidFrom, type Aggregate } from '@program-ledger/event-sourcing';
import { effect, issue, publishes, publishing, reaction, topicOf, type Publishing } from '@program-ledger/messaging';
import { migration, readModelMigration, view, viewTable, viewsMigration } from '@program-ledger/read-models';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { randomFrom } from '../random.js';

/* The smallest system that has every part of the real one: what adds up, what others hear of it, what they do, what is shown. */

const added = z.strictObject({ type: z.literal('added'), n: z.int().positive(), amount: z.int().nonnegative(), at: z.string() });
const answered = z.strictObject({ type: z.literal('answered'), n: z.int().positive(), at: z.string() });
type Added = z.infer<typeof added>;
type Answered = z.infer<typeof answered>;

/** Takes the additions of its own count only, one after another. */
export const tally: Aggregate<number, { readonly type: 'add'; readonly n: number; readonly amount: number; readonly at: string }, Added, 'out-of-turn'> = {
  category: 'tally',
  events: { added: { version: 1, schema: added } },
  initial: 0,
  evolve: (_, { n }) => n,
  decide: ({ n, amount, at }, last) => (n === last + 1 ? [{ type: 'added', n, amount, at }] : reject('out-of-turn', { n, last })),
};

/** What the consumer answers: a command that follows from a message. */
export const answer: Aggregate<number, { readonly type: 'answer'; readonly n: number; readonly at: string }, Answered, 'answered-before'> = {
  category: 'answer',
  events: { answered: { version: 1, schema: answered } },
  initial: 0,
  evolve: (_, { n }) => n,
  decide: ({ n, at }, last) => (n > last ? [{ type: 'answered', n, at }] : reject('answered-before', { n, last })),
};

const publicAdded = z.object({ n: z.int(), amount: z.int(), at: z.string() });
const contract = { 'sample.added.v1': publicAdded } as const;

export const published: Publishing = publishing('sample', contract, [publishes(tally, { added: ({ n, amount, at }) => ({ type: 'sample.added.v1' as const, n, amount, at }) })]);
export const topic = topicOf('sample', 'tally');
export const group = 'mirror';

/** Every tenth addition is answered; every one is noted, without any constraint that would hide a second time. */
export const answeredEvery = 10;
export const rows = [
  effect('note', 'sample.added.v1', publicAdded, async ({ n, amount }, { id, key }, transaction: EntityManager) => {
    await transaction.query('insert into effects (message_id, key, n, amount) values ($1, $2, $3, $4)', [id, key, n, amount]);
  }),
  reaction('answer', 'sample.added.v1', publicAdded, ({ n, at }, { key }) => (n % answeredEvery === 0 ? [issue(answer, key.slice('tally-'.length), { type: 'answer', n, at })] : [])),
];

const tallies = viewTable({ name: 'tallies', columns: { additions: 'integer', sum: 'amount', last: 'integer' } });
export const talliesView = view({
  name: 'tallies',
  table: tallies,
  aggregates: [tally],
  on: {
    added: (row, { event: { n, amount } }) => ({ additions: (row?.additions ?? 0) + 1, sum: String(BigInt(row?.sum ?? '0') + BigInt(amount)), last: n }),
  },
});

const effectsTable = 'create table effects (applied bigserial primary key, message_id text not null, key text collate "C" not null, n integer not null, amount integer not null)';
export const migrations = [readModelMigration, viewsMigration('Tallies', 2, [talliesView]), migration('Effects', 3, [effectsTable])];

/** What a run asks for: so many additions, on as many streams as keep their order interesting. */
export type Load = { readonly seed: number; readonly events: number; readonly streams: number };
export const loadOf = (seed: number, events: number): Load => {
  const streams = Math.max(100, Math.min(500, Math.round(events / 1_000)));
  return { seed, streams, events: Math.ceil(events / streams) * streams };
};

/** The stream of a number, and what is added to it: follow from the seed. */
export const tallyIdOf = (seed: number, stream: number): string => uuidFrom('torture', String(seed), String(stream));
export const amountOf = (seed: number, stream: number, n: number): number => Math.floor(randomFrom(seed * 7_919 + stream * 104_729 + n)() * 1_000);
export const at = '2026-01-01T00:00:00.000Z';
