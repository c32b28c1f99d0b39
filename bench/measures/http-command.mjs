import { openPlatform, settled } from '../platform.mjs';
import { interleaved, medianOf, ratioOf } from '../rounds.mjs';
import { say } from '../setting.mjs';
import { atLeast, count, latency } from '../table.mjs';

const connections = 64;
const perSecond = ({ perSecond: value }) => value;

/** A command of the review service in the whole platform, with everything that follows from it, beside a bare route with one insert. */
export const httpCommand = async (setting) => {
  const platform = await openPlatform(setting);
  const bare = await setting.contender('contenders/bare-route', { url: await setting.database('bare_route'), issuer: platform.issuer });
  const load = await setting.contender('contenders/load', { issuer: platform.issuer });
  const sides = { ledger: platform.api, bare: (await bare.ask('addresses')).api };
  const ask = async (api, name, milliseconds) => {
    await setting.checkpoint();
    const answer = await load.ask('reviewers', { api, connections, milliseconds });
    if (name === 'ledger') await settled(api);
    return answer;
  };
  // The compiler takes its time with that much code.
  for (const [name, api] of Object.entries(sides)) await ask(api, name, setting.milliseconds(6_000));
  const rounds = await interleaved(sides, setting.rounds(5), (api, name) => ask(api, name, setting.milliseconds(3_000)));
  const told = (answers) =>
    `${count(medianOf(answers, perSecond))}/s, ${latency({ p50: medianOf(answers, ({ p50 }) => p50), p99: medianOf(answers, ({ p99 }) => p99) })}`;
  const ratio = ratioOf(rounds.ledger, rounds.bare, perSecond);
  say(`HTTP command: ${told(rounds.ledger)}; bare ${told(rounds.bare)}`);
  for (const side of [load, bare, platform]) await side.end();
  return [
    {
      measure: `HTTP command, ${connections} connections`,
      ours: told(rounds.ledger),
      beside: `bare Nest route: ${told(rounds.bare)}`,
      ratio,
      emmett: null,
      targets: [atLeast('of the bare route', ratio, 0.7)],
    },
  ];
};
