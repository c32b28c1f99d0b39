import { describe, expect, test } from '@jest/globals';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { json, UnfitRow, viewTable } from './view-table.js';

const table = viewTable({
  name: 'every_kind',
  columns: {
    owner: 'uuid',
    title: 'text',
    count: 'integer',
    sum: 'amount',
    open: 'boolean',
    dueOn: 'day',
    madeAt: 'instant',
    note: 'text?',
    detail: json<{ readonly b: number; readonly a: readonly string[] }>(),
  },
});
const row = {
  owner: uuidFrom('x'),
  title: '제목',
  count: -1,
  sum: '-900719925474099300',
  open: true,
  dueOn: '2026-02-28',
  madeAt: '2026-02-28T15:00:00.000Z',
  note: null,
  detail: { b: 1, a: ['z'] },
};

describe('a row', () => {
  test('comes back as it was stored, keys of JSON in their order', () => {
    expect(JSON.stringify(table.decode(table.encode(row)))).toBe(JSON.stringify(row));
  });

  test.each([
    ['owner', 'X'],
    ['title', 'nul\0'],
    ['title', null],
    ['count', 2 ** 31],
    ['count', 0.5],
    ['sum', 5],
    ['sum', '01'],
    ['open', 'true'],
    ['dueOn', '2026-2-28'],
    ['madeAt', '2026-02-28T15:00:00Z'],
    ['note', undefined],
    ['detail', undefined],
    ['more', 1],
  ])('with %s %j does not fit', (column, value) => {
    // What a defect would make, past the compiler.
    expect(() => table.encode({ ...row, [column]: value } as typeof row)).toThrow(UnfitRow);
  });
});

test('a table takes no name that its version columns or the database have taken', () => {
  expect(() => viewTable({ name: 'x', columns: { validFrom: 'text' } })).toThrow(/version column/);
  expect(() => viewTable({ name: 'Upper', columns: { a: 'text' } })).toThrow(/no name/);
  expect(() => viewTable({ name: 'x', columns: { 'a b': 'text' } })).toThrow(/no name/);
});
