import { describe, expect, test } from '@jest/globals';
import { killing, killsOf, oneOfEachPair } from './kills.js';
import type { ServiceName, Work } from './service-processes.js';

const working: Work = { requests: 3, messages: 2 };

const instance = (service: ServiceName, { name = service, live = true, comesBack = true, work = working }: { readonly name?: string; readonly live?: boolean; readonly comesBack?: boolean; readonly work?: Work } = {}) => {
  let kills = 0;
  const kill = (): boolean => {
    if (live && comesBack) kills += 1;
    return live;
  };
  return { service, name, work: () => Promise.resolve(work), restarts: () => kills, kill };
};

const faultsOf = async (instances: readonly ReturnType<typeof instance>[], { moments = 10, sharesGroups = true } = {}): Promise<readonly string[]> => {
  const { during, judged } = killing([{ instance: 'review', moment: 7 }]);
  for (let moment = 1; moment <= moments; moment += 1) during({ instances, sharesGroups }, moment);
  return (await judged({ instances, sharesGroups })).faults;
};

describe('kills in a story on services that run apart', () => {
  test('follow from the seed, one of each instance', () => {
    const names = ['applications', 'review', 'funding'];
    expect(killsOf(3, names)).toEqual(killsOf(3, names));
    expect(killsOf(4, names)).not.toEqual(killsOf(3, names));
    expect(killsOf(3, names).map(({ instance: name }) => name)).toEqual(names);
    expect(new Set(Array.from({ length: 20 }, (_, seed) => seed).map((seed) => oneOfEachPair(seed, ['review'])[0]))).toEqual(new Set(['review', 'review 2']));
  });

  test('that happened as planned are no fault', async () => expect(await faultsOf([instance('review'), instance('funding')])).toEqual([]));

  test.each([
    ['a story that ended before the kill', [instance('review')], 6, 'review was to be killed and started again 1 times, and was 0 times'],
    ['a service that was not running when it was to be killed', [instance('review', { live: false })], 10, 'review was to be killed and was not running'],
    ['a service that did not come back', [instance('review', { comesBack: false })], 10, 'review was to be killed and started again 1 times, and was 0 times'],
    ['a service that is not there at all', [instance('funding')], 10, 'review was to be killed and is not there'],
  ])('find %s', async (_, instances, moments, fault) => expect(await faultsOf(instances, { moments })).toContain(fault));

  test('a second instance that nobody asked, or that heard nothing, is none', async () => {
    const beside = (work: Work) => faultsOf([instance('review'), instance('review', { name: 'review 2', work })]);
    expect(await beside(working)).toEqual([]);
    expect(await beside({ requests: 0, messages: 5 })).toEqual(['review 2 is one of several and served 0 requests and 5 messages']);
    expect(await beside({ requests: 5, messages: 0 })).toEqual(['review 2 is one of several and served 5 requests and 0 messages']);
  });

  test('where one instance hears all of a group, the other need not, but one must', async () => {
    const beside = (first: Work, second: Work) => faultsOf([instance('review', { work: first }), instance('review', { name: 'review 2', work: second })], { sharesGroups: false });
    const deaf: Work = { requests: 5, messages: 0 };
    expect(await beside(working, deaf)).toEqual([]);
    expect(await beside(deaf, deaf)).toEqual(['review is one of several and served 10 requests and 0 messages', 'review 2 is one of several and served 5 requests and 0 messages']);
    expect(await beside(working, { requests: 0, messages: 2 })).toEqual(['review 2 is one of several and served 0 requests and 2 messages']);
  });

  test('what an instance did before its kill counts', async () => {
    const { during, judged } = killing([{ instance: 'review', moment: 1 }]);
    let work = working;
    const killed = { ...instance('review'), work: () => Promise.resolve(work), kill: () => ((work = { requests: 0, messages: 0 }), true), restarts: () => 1 };
    const instances = [killed, instance('review', { name: 'review 2' })];
    during({ instances, sharesGroups: true }, 1);
    expect(await judged({ instances, sharesGroups: true })).toEqual({ work: new Map([['review', working], ['review 2', working]]), faults: [] });
  });
});
