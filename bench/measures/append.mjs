import { interleaved, medianOf, ratioOf } from '../rounds.mjs';
import { say } from '../setting.mjs';
import { atLeast, below, count, latency } from '../table.mjs';

const perSecond = ({ perSecond: value }) => value;

const targets = {
  1: () => [],
  64: ({ ours, ratio, timesEmmett }) => [
    atLeast('appends/s', ours.perSecond, 5_000),
    below('ms at p99', ours.p99, 50),
    atLeast('of the insert', ratio, 0.6),
    ...(timesEmmett === null ? [] : [atLeast('× Emmett', timesEmmett, 10)]),
  ],
  256: ({ ours, ratio, timesEmmett }) => [
    atLeast('appends/s', ours.perSecond, 15_000),
    below('ms at p99', ours.p99, 50),
    atLeast('of the insert', ratio, 0.6),
    ...(timesEmmett === null ? [] : [atLeast('× Emmett', timesEmmett, 10)]),
  ],
};

/** One event an append, durable when answered, beside the multi-row insert of the same batch and beside Emmett. */
export const append = async (setting) => {
  const sides = {
    ledger: await setting.contender('contenders/ledger-append', { url: await setting.database('append_ledger') }),
    raw: await setting.contender('contenders/raw-append', { url: await setting.database('append_raw') }),
    ...(setting.emmett !== null && { emmett: await setting.contender('emmett/append', { url: await setting.database('append_emmett') }) }),
  };
  for (const side of Object.values(sides)) await side.ask('append', { callers: 64, milliseconds: setting.milliseconds(1_500) });
  const rows = [];
  for (const callers of [1, 64, 256]) {
    const rounds = await interleaved(sides, setting.rounds(5), async (side) => {
      await setting.checkpoint();
      return side.ask('append', { callers, milliseconds: setting.milliseconds(1_500) });
    });
    const summed = Object.fromEntries(Object.entries(rounds).map(([name, answers]) => [name, summary(answers)]));
    say(
      `append, ${callers} callers: ${Object.entries(summed)
        .map(([name, side]) => `${name} ${count(side.perSecond)}/s`)
        .join(', ')}`,
    );
    const ratio = ratioOf(rounds.ledger, rounds.raw, perSecond);
    const timesEmmett = rounds.emmett === undefined ? null : ratioOf(rounds.ledger, rounds.emmett, perSecond);
    rows.push({
      measure: `append, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
      ours: told(summed.ledger),
      beside: `insert of the same batch: ${told(summed.raw)}`,
      ratio,
      emmett: summed.emmett === undefined ? null : { says: told(summed.emmett), times: timesEmmett },
      targets: targets[callers]({ ours: summed.ledger, ratio, timesEmmett }),
    });
  }
  for (const side of Object.values(sides)) await side.end();
  return rows;
};

const summary = (answers) => ({ perSecond: medianOf(answers, perSecond), p50: medianOf(answers, ({ p50 }) => p50), p99: medianOf(answers, ({ p99 }) => p99) });
const told = (side) => `${count(side.perSecond)}/s, ${latency(side)}`;
