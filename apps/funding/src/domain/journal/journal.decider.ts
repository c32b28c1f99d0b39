import { reject, type Aggregate } from '@program-ledger/event-sourcing';
import { fundingLimits, sumOf } from '../vocabulary.js';
import { journalEvents, type Entry, type JournalEvent, type Posting } from './journal.events.js';

export type JournalCommand = {
  readonly type: 'post-entry';
  readonly programmeId: string;
  readonly agreementId: string;
  readonly team: string;
  readonly entry: Entry;
  readonly at: string;
};

export type JournalRejection = 'unbalanced' | 'nothing-posted' | 'limit-reached';

type Journal = { readonly entries: readonly string[] };

const decide = (command: JournalCommand, { entries }: Journal) => {
  const { entryId, postings } = command.entry;
  if (entries.includes(entryId)) return [];
  if (entries.length >= fundingLimits.journalEntriesMax) return reject('limit-reached', { limit: 'journalEntriesMax' });
  if (postings.length === 0) return reject('nothing-posted');
  const unbalanced = sumsByCommodity(postings).find(({ sum }) => sum !== '0');
  return unbalanced === undefined ? [{ ...command, type: 'entry-posted' } as const] : reject('unbalanced', unbalanced);
};

/** What the postings add up to, per commodity: zero in every entry, and so in every journal. */
export const sumsByCommodity = (postings: readonly Posting[]): readonly { readonly commodity: string; readonly sum: string }[] =>
  [...new Set(postings.map(({ commodity }) => commodity))].sort().map((commodity) => ({
    commodity,
    sum: sumOf(postings.filter((posting) => posting.commodity === commodity).map(({ amount }) => amount)).toString(),
  }));

/** Money and GPU-hours of one agreement in double entry: what leaves one account enters another. */
export const journal: Aggregate<Journal, JournalCommand, JournalEvent, JournalRejection> = {
  category: 'journal',
  events: journalEvents,
  initial: { entries: [] },
  evolve: ({ entries }, { entry }) => ({ entries: [...entries, entry.entryId] }),
  decide,
};
