import { interleaved, medianOf, ratioOf } from '../rounds.mjs';
import { say } from '../setting.mjs';
import { atLeast, count } from '../table.mjs';

const perSecond = ({ perSecond: value }) => value;

/** A view built anew from the log: events read a second, rows written beside. */
export const rebuild = async (setting) => {
  const events = setting.quick ? 20_000 : 100_000;
  const urls = { logUrl: await setting.database('rebuild_log'), viewsUrl: await setting.database('rebuild_views') };
  const sides = { ledger: await setting.contender('contenders/ledger-rebuild', urls) };
  say(`rebuild: writing ${count(events)} events`);
  await sides.ledger.ask('fill', { events });
  sides.raw = await setting.contender('contenders/raw-rebuild', urls);
  const live = await sides.ledger.ask('followLive');
  for (const side of Object.values(sides)) await side.ask('rebuild');
  const rounds = await interleaved(sides, setting.rounds(3), async (side) => {
    await setting.checkpoint();
    return side.ask('rebuild');
  });
  const [{ eventsRead, rowsWritten }] = rounds.ledger;
  const ours = medianOf(rounds.ledger, perSecond);
  say(`rebuild: ${count(ours)} events/s, bare ${count(medianOf(rounds.raw, perSecond))}; live ${count(live.perSecond)}`);
  for (const side of Object.values(sides)) await side.end();
  return [
    {
      measure: `rebuild of a view over ${count(eventsRead)} events`,
      ours: `${count(ours)} events/s, ${count((ours * rowsWritten) / eventsRead)} rows/s written; followed live ${count(live.perSecond)} events/s`,
      beside: `cursor, JSON.parse, one row an event inserted: ${count(medianOf(rounds.raw, perSecond))} events/s`,
      ratio: ratioOf(rounds.ledger, rounds.raw, perSecond),
      emmett: null,
      targets: [atLeast('events/s', ours, 50_000)],
    },
  ];
};
