import { uuidFrom } from '@program-ledger/event-sourcing';
import { daysFrom, type SettlementOutcome } from '@program-ledger/rulebook';
import type { EventReference } from '../vocabulary.js';
import type { Entry, Posting } from './journal.events.js';

/** The entries of this programme's book-keeping. Accounts: `programme-…` are the programme's, `team-…` the team's, `member:…` one member's. */

type Text = Entry['explanation'];

/** From one account to another. Nothing moved is no posting. */
const moved = (amount: string, commodity: string, from: string, to: string): readonly Posting[] =>
  amount === '0'
    ? []
    : [
        { account: from, commodity, amount: negated(amount) },
        { account: to, commodity, amount },
      ];

const negated = (amount: string): string => (-BigInt(amount)).toString();

/** One event makes at most one entry of a kind, so its name follows from both. */
const entryOf = (kind: string, because: EventReference, explanation: Text, postings: readonly Posting[]): readonly Entry[] =>
  postings.length === 0 ? [] : [{ entryId: uuidFrom(because.stream, String(because.revision), kind), explanation, because, postings: [...postings] }];

/** The signature binds the programme to the whole contribution. */
export const commitment = (because: EventReference, amount: string, currency: string): readonly Entry[] =>
  entryOf(
    'commitment',
    because,
    { ko: '협약 체결에 따른 정부출연금 약정', en: 'Contribution committed by the signed agreement' },
    moved(amount, currency, 'programme-budget', 'programme-committed'),
  );

/** What lapses is committed no longer. */
export const release = (because: EventReference, amount: string, currency: string): readonly Entry[] =>
  entryOf(
    'release',
    because,
    { ko: '지급하지 않게 된 약정의 해제', en: 'Commitment released: the instalment lapsed' },
    moved(amount, currency, 'programme-committed', 'programme-budget'),
  );

export const payment = (because: EventReference, amount: string, currency: string, instalmentId: string): readonly Entry[] =>
  entryOf(
    'payment',
    because,
    { ko: `분할 지급 ${instalmentId}`, en: `Instalment ${instalmentId} paid` },
    moved(amount, currency, 'programme-committed', 'team-advance'),
  );

export const ownShareReceived = (because: EventReference, amount: string, currency: string, member: string): readonly Entry[] =>
  entryOf('own-share', because, { ko: '민간부담금 납입', en: 'Own share brought in' }, moved(amount, currency, `member:${member}`, 'team-own-share'));

/** Accepted expenses use up the advance; what goes back is owed by the team, out of the advance as far as that was not spent. */
export const settlementEntries = (because: EventReference, { spent, lines, recovered }: SettlementOutcome, currency: string): readonly Entry[] => {
  const rules = lines.filter(({ amount }) => amount !== '0').map(({ rule, explanation }) => `${rule}: ${explanation}`);
  return [
    ...entryOf('expenses', because, { ko: '인정한 집행액', en: 'Expenses accepted' }, moved(spent, currency, 'team-advance', 'team-expenses')),
    ...entryOf(
      'recovery',
      because,
      { ko: `환수 (${rules.join('; ')})`.slice(0, 300), en: `Recovery (${rules.join('; ')})`.slice(0, 300) },
      moved(recovered, currency, 'team-advance', 'programme-recovery'),
    ),
  ];
};

/** What was owed came back: the claim on the team is settled into the budget. */
export const recoveryReceived = (because: EventReference, amount: string, currency: string): readonly Entry[] =>
  entryOf('recovery-received', because, { ko: '환수금 납입', en: 'Recovery received' }, moved(amount, currency, 'programme-recovery', 'programme-budget'));

type Term = { readonly gpus: number; readonly from: string; readonly to: string };

/** All hours of a term, 24 a day, both ends counted. */
export const hoursOf = ({ gpus, from, to }: Term): string => (BigInt(gpus) * 24n * BigInt(daysFrom(from, to))).toString();

const gpuHour = 'GPU-HOUR';

export const hoursGranted = (because: EventReference, term: Term, phase: string): readonly Entry[] =>
  entryOf('hours-granted', because, { ko: `${phase} GPU 인도`, en: `GPUs of ${phase} delivered` }, moved(hoursOf(term), gpuHour, 'pool-hours', 'team-hours'));

/** Hours that were had are used; the rest of the term goes back to the pool, and an overdue one costs the pool more. */
export const hoursUsed = (because: EventReference, term: Term, used: string, phase: string): readonly Entry[] =>
  entryOf('hours-used', because, { ko: `${phase} GPU 회수·반납`, en: `GPUs of ${phase} back` }, [
    ...moved(used, gpuHour, 'team-hours', 'team-hours-used'),
    ...moved((BigInt(hoursOf(term)) - BigInt(used)).toString(), gpuHour, 'team-hours', 'pool-hours'),
  ]);
