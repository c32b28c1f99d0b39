import { describe, test } from '@jest/globals';
import { on as onStream, viewSpec, type Occurrence } from '@program-ledger/read-models/testing';
import { commitment, hoursGranted, payment } from '../domain/journal/entries.js';
import { journal } from '../domain/journal/journal.decider.js';
import type { Entry, JournalEvent } from '../domain/journal/journal.events.js';
import { agreementId, of, on, programmeId, team } from '../domain/testing/rehearsal.js';
import { journalEntries, journals } from './journals.projection.js';

const because = { stream: 'instalmentPlan-1', revision: 6 };
const entries = [
  ...commitment(because, '403200', 'KRW'),
  ...payment(because, '179200', 'KRW', 'one-first'),
  ...hoursGranted(because, { gpus: 1, from: '2026-03-01', to: '2026-03-02' }, 'one'),
];
const happened = (event: JournalEvent): Occurrence => onStream(journal, agreementId, event);
const history = entries.map((entry) => happened({ type: 'entry-posted', ...of, entry, at: on('03-05') }));

describe('a journal', () => {
  test('shows what each account holds, and that all of it adds up to nothing', () =>
    viewSpec(journals)
      .given(...history)
      .then({
        key: agreementId,
        programmeId,
        team,
        entries: 3,
        balances: [
          { account: 'pool-hours', commodity: 'GPU-HOUR', amount: '-48' },
          { account: 'programme-budget', commodity: 'KRW', amount: '-403200' },
          { account: 'programme-committed', commodity: 'KRW', amount: '224000' },
          { account: 'team-advance', commodity: 'KRW', amount: '179200' },
          { account: 'team-hours', commodity: 'GPU-HOUR', amount: '48' },
        ],
        sums: [
          { commodity: 'GPU-HOUR', amount: '0' },
          { commodity: 'KRW', amount: '0' },
        ],
      }));

  test('keeps every entry, in order', () => {
    const row = ({ entryId, explanation, postings }: Entry, index: number) => ({
      key: `${agreementId}.00000${index}`,
      programmeId,
      agreementId,
      entryId,
      explanation,
      because,
      postings,
      postedAt: on('03-05'),
    });
    return viewSpec(journalEntries)
      .given(...history)
      .then(...entries.map(row));
  });
});
