import { idOf } from '@program-ledger/event-sourcing';
import { follow, issue, type Follow } from '@program-ledger/messaging';
import { call } from '../domain/call/call.decider.js';
import { programme } from '../domain/programme/programme.decider.js';
import { programmeProcess } from '../domain/programme-process/programme-process.decider.js';

/** What one stream of this service means for another. */
export const follows: readonly Follow[] = [
  follow('await-clock', programme, 'clock-set', ({ stream, event: { to, followers, at } }) => [issue(programmeProcess, idOf(stream), { type: 'await-clock', to, services: followers, at })]),
  follow('await-call', call, 'call-published', ({ stream, event: { programmeId, at } }) => [issue(programmeProcess, programmeId, { type: 'await-call', callId: idOf(stream), at })]),
  follow('finish-settled-call', call, 'call-settled', ({ stream, event: { programmeId, at } }) => [issue(programmeProcess, programmeId, { type: 'finish-call', callId: idOf(stream), how: 'settled', at })]),
  follow('finish-void-call', call, 'call-voided', ({ stream, event: { programmeId, at } }) => [issue(programmeProcess, programmeId, { type: 'finish-call', callId: idOf(stream), how: 'void', at })]),
  follow('close-programme', programmeProcess, 'closing-cleared', ({ stream, event: { by, at } }) => [issue(programme, idOf(stream), { type: 'close-programme', by, at })]),
];
