import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import { idOf, type StoredEvent } from '@program-ledger/event-sourcing';
import { journal } from '../domain/journal/journal.decider.js';
import type { Entry, JournalEvent, Posting } from '../domain/journal/journal.events.js';
import type { EventReference } from '../domain/vocabulary.js';

type Balance = { readonly account: string; readonly commodity: string; readonly amount: string };

const journalsTable = viewTable({
  name: 'journals',
  columns: {
    programmeId: 'uuid',
    team: 'uuid',
    entries: 'integer',
    /** In the order of account and commodity. */
    balances: json<readonly Balance[]>(),
    /** Over all accounts: nothing but zeros, or something is wrong. */
    sums: json<readonly { readonly commodity: string; readonly amount: string }[]>(),
  },
  indexes: [['programmeId']],
});
export type JournalRow = RowOf<typeof journalsTable>;

const added = (balances: readonly Balance[], { account, commodity, amount }: Posting): readonly Balance[] => {
  const before = balances.find((balance) => balance.account === account && balance.commodity === commodity);
  const rest = balances.filter((balance) => balance !== before);
  return [...rest, { account, commodity, amount: (BigInt(before?.amount ?? '0') + BigInt(amount)).toString() }].sort(byName);
};

const nameOf = ({ account, commodity }: Balance): string => `${account} ${commodity}`;
const byName = (one: Balance, other: Balance): number => (nameOf(one) < nameOf(other) ? -1 : 1);

const sumsOf = (balances: readonly Balance[]): JournalRow['sums'] =>
  [...new Set(balances.map(({ commodity }) => commodity))].sort().map((commodity) => ({
    commodity,
    amount: balances.reduce((sum, balance) => (balance.commodity === commodity ? sum + BigInt(balance.amount) : sum), 0n).toString(),
  }));

/** What each account of an agreement holds, by commodity. Its key is the agreement. */
export const journals = view({
  name: 'journals',
  table: journalsTable,
  aggregates: [journal],
  on: {
    'entry-posted': (row, { event: { programmeId, team, entry } }) => {
      const balances = entry.postings.reduce(added, row?.balances ?? []);
      return { programmeId, team, entries: (row?.entries ?? 0) + 1, balances, sums: sumsOf(balances) };
    },
  },
});

const entriesTable = viewTable({
  name: 'journal_entries',
  columns: {
    programmeId: 'uuid',
    agreementId: 'uuid',
    entryId: 'uuid',
    explanation: json<Entry['explanation']>(),
    because: json<EventReference>(),
    postings: json<readonly Posting[]>(),
    postedAt: 'instant',
  },
  indexes: [['programmeId', 'agreementId']],
});
export type JournalEntryRow = RowOf<typeof entriesTable>;

/** Every entry, in the order in which its agreement's were posted: the key is the agreement and the number in its journal. */
export const journalEntries = view({
  name: 'journal-entries',
  table: entriesTable,
  aggregates: [journal],
  key: ({ stream, revision }: StoredEvent<JournalEvent>) => `${idOf(stream)}.${String(revision).padStart(6, '0')}`,
  on: {
    'entry-posted': (_, { event: { programmeId, agreementId, entry, at } }) => ({
      programmeId,
      agreementId,
      entryId: entry.entryId,
      explanation: entry.explanation,
      because: entry.because,
      postings: entry.postings,
      postedAt: at,
    }),
  },
});
