import { interleaved, medianOf, ratioOf } from '../rounds.mjs';
import { say } from '../setting.mjs';
import { atLeast, count } from '../table.mjs';

const perSecond = ({ perSecond: value }) => value;

/** Views built anew from the log: events read a second, rows written beside. */
export const rebuild = async (setting) => [
  await rebuildOf(setting, 'memberships', 'of applications: most events make no row'),
  await rebuildOf(setting, 'grants', 'of gpu-grants: every event makes a row of 27 columns'),
];

const rebuildOf = async (setting, history, which) => {
  const urls = { logUrl: await setting.database(`rebuild_${history}_log`), viewsUrl: await setting.database(`rebuild_${history}_views`) };
  const sides = { ledger: await setting.contender('contenders/ledger-rebuild', { ...urls, history }) };
  const events = setting.quick ? 20_000 : 100_000;
  say(`rebuild of ${history}: writing ${count(events)} events`);
  await sides.ledger.ask('fill', { events });
  sides.raw = await setting.contender('contenders/raw-rebuild', urls);
  const live = await sides.ledger.ask('followLive');
  const { eventsRead, rowsWritten } = await sides.ledger.ask('rebuild');
  const rowsPerEvent = rowsWritten / eventsRead;
  await sides.raw.ask('rebuild', { rowsPerEvent });
  const rounds = await interleaved(sides, setting.rounds(3), async (side) => {
    await setting.checkpoint();
    return side.ask('rebuild', { rowsPerEvent });
  });
  const ours = medianOf(rounds.ledger, perSecond);
  say(`rebuild of ${history}: ${count(ours)} events/s, bare ${count(medianOf(rounds.raw, perSecond))}, live ${count(live.perSecond)}`);
  for (const side of Object.values(sides)) await side.end();
  return {
    measure: `rebuild of ${history} ${which}`,
    ours: `${count(ours)} events/s read, ${count(ours * rowsPerEvent)} rows/s written (live: ${count(live.perSecond)} events/s)`,
    beside: `cursor, JSON.parse and as many rows inserted: ${count(medianOf(rounds.raw, perSecond))} events/s`,
    ratio: ratioOf(rounds.ledger, rounds.raw, perSecond),
    emmett: null,
    targets: [atLeast('events/s', ours, 50_000)],
  };
};
