import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventStoreContract } from '@program-ledger/event-sourcing/testing';
import { placeOf } from './testing/addresses.js';
import { connectionCases } from './testing/connection-cases.js';
import { logsAt } from './testing/logs.js';
import { programIn, startPrivateNode, type PrivateNode } from './testing/private-node.js';

/*
 * On servers that we did not write. `EVENTSTOREDB_URL` names one that somebody runs: the contract, and connections that break, by a door
 * in front of it. `EVENTSTOREDB_HOME` names an installation: a node of our own, which is killed. What could not run is said by name.
 */

const set = (name: string): string | undefined => (process.env[name] === '' ? undefined : process.env[name]);
const [server, home] = [set('EVENTSTOREDB_URL'), set('EVENTSTOREDB_HOME')];
const program = home === undefined ? undefined : programIn(home);

const noServer = 'EVENTSTOREDB_URL names no server (esdb://127.0.0.1:2113?tls=false)';
const noNode = home === undefined ? 'EVENTSTOREDB_HOME names no installation' : `no program of a server is in ${home}`;
const place = server === undefined ? { reason: noServer } : placeOf(server);

const notRun: readonly (readonly [what: string, reason: string])[] = [
  ...(server === undefined ? [['the contract on a server that somebody runs', noServer] as const] : []),
  ...('reason' in place ? [['lost answers, cut and stalled connections, and a second process, on that server', place.reason] as const] : []),
  ...(program === undefined ? [['the server killed (-9) and started again in the middle of a run', noNode] as const] : []),
];

if (server !== undefined) {
  eventStoreContract('EventStoreDB at EVENTSTOREDB_URL', (limits) => logsAt(server, limits));
  if (!('reason' in place)) connectionCases('EventStoreDB at EVENTSTOREDB_URL', server);
}

if (program !== undefined) {
  let node: PrivateNode;
  describe('a node of EVENTSTOREDB_HOME', () => {
    beforeAll(async () => {
      node = await startPrivateNode(program);
    }, 120_000);
    afterAll(() => node.dispose());
    eventStoreContract('EventStoreDB of EVENTSTOREDB_HOME', async (limits) => ({ ...(await logsAt(node.url, limits)), restart: () => node.restart() }), { restarts: true });
  });
}

test('what runs on a server of somebody else is known, and what does not is said by name', () => {
  expect(notRun.length).toBe([server === undefined, 'reason' in place, program === undefined].filter(Boolean).length);
});

afterAll(() => {
  for (const [what, reason] of notRun) process.stdout.write(`NOT RUN on EventStoreDB: ${what}: ${reason}\n`);
});
