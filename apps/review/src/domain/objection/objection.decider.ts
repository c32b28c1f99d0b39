import { canonicalJson, reject, type Aggregate } from '@program-ledger/event-sourcing';
import { whereOf, type Where } from '../vocabulary.js';
import { objectionEvents, type Answer, type ObjectionEvent } from './objection.events.js';

export type ObjectionCommand =
  /** From the decision, which received it within its window. */
  | {
      readonly type: 'file-objection';
      readonly where: Where;
      readonly applicationId: string;
      readonly notice: number;
      readonly grounds: string;
      readonly filedBy: string;
      readonly answerBy: string;
      readonly at: string;
    }
  | { readonly type: 'answer-objection'; readonly programmeId: string; readonly answer: Answer; readonly by: string; readonly at: string };

export type ObjectionRejection = 'unknown-objection' | 'own-objection' | 'already-answered';

export type Objection =
  | { readonly status: 'absent' }
  | { readonly status: 'filed'; readonly where: Where; readonly applicationId: string; readonly filedBy: string }
  | { readonly status: 'answered'; readonly where: Where; readonly answer: Answer };

const decide = (command: ObjectionCommand, objection: Objection) => {
  if (command.type === 'file-objection') {
    if (objection.status !== 'absent') return [];
    const { where, applicationId, notice, grounds, filedBy, answerBy, at } = command;
    return [{ type: 'objection-filed', ...whereOf(where), applicationId, notice, grounds, filedBy, answerBy, at } as const];
  }
  const { programmeId, answer, by, at } = command;
  if (objection.status === 'absent' || objection.where.programmeId !== programmeId) return reject('unknown-objection');
  if (objection.status === 'answered')
    return canonicalJson(objection.answer) === canonicalJson(answer) ? [] : reject('already-answered', { outcome: objection.answer.outcome });
  const { where, applicationId, filedBy } = objection;
  if (by === filedBy) return reject('own-objection');
  return [{ type: 'objection-answered', ...whereOf(where), applicationId, answer, answeredBy: by, at } as const];
};

const evolve = (objection: Objection, event: ObjectionEvent): Objection => {
  switch (event.type) {
    case 'objection-filed':
      return { status: 'filed', where: whereOf(event), applicationId: event.applicationId, filedBy: event.filedBy };
    case 'objection-answered':
      return { status: 'answered', where: whereOf(event), answer: event.answer };
  }
};

/** What a party holds against an announced decision, and what it was answered. */
export const objection: Aggregate<Objection, ObjectionCommand, ObjectionEvent, ObjectionRejection> = {
  category: 'objection',
  events: objectionEvents,
  initial: { status: 'absent' },
  evolve,
  decide,
};
