import { expect, test } from '@jest/globals';
import { serviceOfCategory } from '@program-ledger/contracts/audit-ledger';
import { instance } from '@program-ledger/event-sourcing';
import { services } from './services.js';

test('the ledger knows which service writes each category, and no two write one', () => {
  const owned = services.flatMap(({ name, aggregates, directory }) => [...aggregates, ...(directory === undefined ? [] : [directory.clock])].map(({ category }) => [category, name] as const));
  const distinct = [...new Map(owned.map((pair) => [pair.join(), pair])).values()];
  expect(new Set(distinct.map(([category]) => category)).size).toBe(distinct.length);
  expect(Object.fromEntries([...distinct, [instance.category, 'platform']])).toEqual(serviceOfCategory);
});
