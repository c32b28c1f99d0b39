import { expect } from '@jest/globals';
import type { Keyed } from '../as-of.js';
import type { View } from '../view.js';
import { record, type Occurrence } from './history.js';
import { openTestViews, type TestViews } from './test-views.js';

/**
 * `await viewSpec(view).given(on(aggregate, id, event), …).then({ key, …row }, …)`: history in, live rows out, in the order of their keys.
 * Always also: what was answered after each event is answered again as of its position, byte for byte; a second run adds nothing; and a
 * table made from zero, in one page, is the same.
 */
export const viewSpec = <Row extends object>(view: View<Row>) => ({
  given: (...history: readonly Occurrence[]) => ({
    then: async (...rows: readonly (Row & { readonly key: string })[]): Promise<void> => {
      const test = await openTestViews([view]);
      try {
        const answers = await answersAfterEach(test, view, history);
        expect(answers.at(-1)?.rows.map(({ revision: _, ...row }) => row)).toEqual(rows);
        await expectReplay(test, view, answers);
        await expectSecondRun(test, view, answers);
        expect(await test.runner().rebuild(view.name)).toMatchObject({ same: true });
        await expectReplay(test, view, answers);
      } finally {
        await test.close();
      }
    },
  }),
});

type Answered<Row> = { readonly position: bigint; readonly rows: readonly Keyed<Row>[]; readonly written: string };

const answersAfterEach = async <Row extends object>(test: TestViews, view: View<Row>, history: readonly Occurrence[]): Promise<readonly Answered<Row>[]> => {
  const stop = test.start(test.runner({ pageSize: 1 }));
  const answers: Answered<Row>[] = [];
  for (const occurrence of history) {
    const position = await record(test.store, [occurrence]);
    await test.settled();
    expect(await test.runner().parked()).toEqual([]);
    answers.push(await answered(test, view, position, { kind: 'now' }));
  }
  await stop();
  return answers;
};

const answered = async <Row extends object>(
  { views }: TestViews,
  view: View<Row>,
  position: bigint,
  asOf: { kind: 'now' } | { kind: 'position'; position: bigint },
): Promise<Answered<Row>> => {
  const rows: Keyed<Row>[] = [];
  for await (const row of views.each(view, {}, asOf)) rows.push(row);
  return { position, rows, written: JSON.stringify(rows) };
};

const expectReplay = async <Row extends object>(test: TestViews, view: View<Row>, answers: readonly Answered<Row>[]): Promise<void> => {
  for (const { position, written } of answers) expect((await answered(test, view, position, { kind: 'position', position })).written).toBe(written);
};

const expectSecondRun = async <Row extends object>(test: TestViews, view: View<Row>, answers: readonly Answered<Row>[]): Promise<void> => {
  const versions = async (): Promise<unknown> => test.database.query(`select count(*) from ${view.table.name}`);
  const before = await versions();
  const stop = test.start();
  await test.settled();
  await stop();
  expect(await versions()).toEqual(before);
  await expectReplay(test, view, answers);
};
