import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import { agreementProcess } from '../domain/agreement-process/agreement-process.decider.js';
import type { AgreementProcessEvent } from '../domain/agreement-process/agreement-process.events.js';
import { evolve, unheard, type AgreementProcess } from '../domain/agreement-process/agreement-process.state.js';
import { waitsOf, type Wait } from '../domain/agreement-process/waits.js';

const table = viewTable({
  name: 'processes',
  columns: {
    programmeId: 'uuid',
    /** Null until a seat was heard of. */
    title: 'text?',
    representatives: json<readonly string[]>(),
    waiting: 'boolean',
    waits: json<readonly Wait[]>(),
    state: json<AgreementProcess>(),
  },
  indexes: [['programmeId', 'waiting']],
});
export type ProcessRow = RowOf<typeof table>;

const folded = (row: ProcessRow | undefined, { event }: { readonly event: AgreementProcessEvent }): ProcessRow => {
  const state = evolve(row?.state ?? unheard, event);
  const waits = waitsOf(state);
  const representatives = [...new Set((state.seat?.members ?? []).flatMap((member) => member.representatives))];
  return { programmeId: event.programmeId, title: state.seat?.title ?? null, representatives, waiting: waits.length > 0, waits, state };
};

/** How far each team is, and whom it waits for since when. Its key is the application. */
export const processes = view({
  name: 'processes',
  table,
  aggregates: [agreementProcess],
  version: 2,
  on: {
    'outcome-heard': folded,
    'closing-heard': folded,
    'added-seat-heard': folded,
    'grant-heard': folded,
    'delivery-heard': folded,
    'terms-obstacle-heard': folded,
    'agreement-heard': folded,
    'signature-heard': folded,
    'expenses-heard': folded,
    'recovery-heard': folded,
    'terms-asked': folded,
    'stage-cleared': folded,
    'ending-decided': folded,
  },
});
