import { type ProblemEntry } from '@program-ledger/host';

/** What the ledger says when it cannot answer. */
export const ledgerProblems = {
  'ledger-behind': { status: 503, ko: '감사 원장이 아직 기록을 따라가는 중입니다. 잠시 후 다시 시도하십시오.', en: 'The ledger is still catching up with the log. Try again shortly.' },
  'programme-time-not-here': { status: 400, ko: '원장은 위치나 기록 시각으로만 조회합니다.', en: 'The ledger answers by position or recorded instant only.' },
  'event-missing': { status: 500, ko: '원장이 기록해 둔 사건({stream}@{revision})이 로그에 없습니다.', en: 'An event that the ledger took down ({stream}@{revision}) is no longer in the log.' },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
