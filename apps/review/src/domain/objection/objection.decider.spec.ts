import { specify } from '@program-ledger/event-sourcing/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { applicationId, at, otherProgramme, place, programmeId } from '../testing/rehearsal.js';
import { objection, type ObjectionCommand } from './objection.decider.js';

const { given } = specify(objection);
const where = place('presentation');
const facts = { applicationId: applicationId(1), notice: 1, grounds: 'A criterion was read wrongly.', filedBy: 'lead-1', answerBy: '2026-04-01T14:59:59.999Z' };
const filed = { type: 'objection-filed', ...where, ...facts, at } as const;
const file = { type: 'file-objection', where, ...facts, at } as const;
const upheld = { outcome: 'upheld', reason: 'It was.', effect: { kind: 're-deliberation', text: 'The committee decides again.' } } as const;
const dismissed = { outcome: 'dismissed', reason: 'It was not.' } as const;
const answered = { type: 'objection-answered', ...where, applicationId: applicationId(1), answer: upheld, answeredBy: 'ahn', at } as const;
const answer = { type: 'answer-objection', programmeId, answer: upheld, by: 'ahn', at } as const;

describe('an objection', () => {
  test('is filed with its grounds and the day by which it is owed an answer', () => given().when(file).then(filed));
  test('is filed once', () => given(filed).when(file).staysQuiet());
  test('is upheld only with its effect', () => given(filed).when(answer).then(answered));
  test('is dismissed with a reason', () =>
    given(filed)
      .when({ ...answer, answer: dismissed })
      .then({ ...answered, answer: dismissed }));
  test('is not answered by who filed it', () =>
    given(filed)
      .when({ ...answer, by: 'lead-1' })
      .rejects('own-objection'));
  test('answered keeps its answer', () => {
    given(filed, answered).when(answer).staysQuiet();
    given(filed, answered)
      .when({ ...answer, answer: dismissed })
      .rejects('already-answered', { outcome: 'upheld' });
  });
  test('of another programme is not known in this one', () => {
    given(filed)
      .when({ ...answer, programmeId: otherProgramme })
      .rejects('unknown-objection');
    given().when(answer).rejects('unknown-objection');
  });

  test('whatever is asked, there is one answer at most, and an upheld one has an effect', () => {
    const commands = fc.constantFrom<ObjectionCommand>(file, answer, { ...answer, answer: dismissed }, { ...answer, by: 'lead-1' });
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 10 }), (asked) => {
        const answers = historyOf(objection, asked).flatMap((event) => (event.type === 'objection-answered' ? [event.answer] : []));
        expect(answers.length).toBeLessThanOrEqual(1);
        expect(answers.every((each) => each.outcome === 'dismissed' || each.effect.text !== '')).toBe(true);
      }),
    );
  });
});
