import { openPlatform, settled } from '../platform.mjs';
import { quantile } from '../rounds.mjs';
import { say } from '../setting.mjs';
import { below, count, latency } from '../table.mjs';

const rate = 50;

/** From an event in the log of the applications service to the events that the other services decide because of it, through relay and broker. */
export const reaction = async (setting) => {
  const platform = await openPlatform(setting);
  const load = await setting.contender('contenders/load', { issuer: platform.issuer });
  const { api } = platform;
  await load.ask('programmes', { api, perSecond: rate, milliseconds: setting.milliseconds(3_000) });
  await settled(api);
  await platform.ask('watch', { causes: 'programme-created' });
  const { sent } = await load.ask('programmes', { api, perSecond: rate, milliseconds: setting.milliseconds(12_000) });
  await settled(api);
  const { causes, took } = await platform.ask('watched');
  if (causes !== sent || took.length < sent) throw new Error(`${sent} programmes were created, ${causes} seen, with ${took.length} reactions`);
  const times = { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
  say(`append to reaction: ${latency(times)}`);
  for (const side of [load, platform]) await side.end();
  return [
    {
      measure: `append to reaction in other services, ${rate} commands/s`,
      ours: `${latency(times)} over ${count(took.length)} reactions`,
      emmett: null,
      targets: [below('ms at p99', times.p99, 100)],
    },
  ];
};
