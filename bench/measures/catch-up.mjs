import { interleaved, medianOf, ratioOf } from '../rounds.mjs';
import { say } from '../setting.mjs';
import { atLeast, count } from '../table.mjs';

const perSecond = ({ perSecond: value }) => value;

/** From the first event to the last, each parsed, beside a cursor over the same table. */
export const catchUp = async (setting) => {
  const events = setting.quick ? 20_000 : 100_000;
  const url = await setting.database('catch_up');
  const sides = { ledger: await setting.contender('contenders/ledger-catch-up', { url }), raw: await setting.contender('contenders/raw-catch-up', { url }) };
  say(`catch-up: writing ${count(events)} events`);
  await sides.ledger.ask('fill', { events });
  if (setting.emmett !== null) {
    sides.emmett = await setting.contender('emmett/catch-up', { url: await setting.database('catch_up_emmett') });
    await sides.emmett.ask('fill', { events });
  }
  await setting.checkpoint();
  // The first time warms each side up.
  for (const side of Object.values(sides)) await side.ask('catchUp');
  const rounds = await interleaved(sides, setting.rounds(5), async (side, name) => {
    const answer = await side.ask('catchUp');
    // Emmett orders by transaction and skips by position, so it may lose events: what it read is what counts for it.
    if (name !== 'emmett' && answer.read !== events) throw new Error(`${name} read ${answer.read} of ${events} events`);
    return answer;
  });
  say(
    `catch-up: ${Object.entries(rounds)
      .map(([name, answers]) => `${name} ${count(medianOf(answers, perSecond))}/s`)
      .join(', ')}`,
  );
  const ratio = ratioOf(rounds.ledger, rounds.raw, perSecond);
  const ours = medianOf(rounds.ledger, perSecond);
  for (const side of Object.values(sides)) await side.end();
  return [
    {
      measure: `catch-up over ${count(events)} events`,
      ours: `${count(ours)} events/s`,
      beside: `cursor and JSON.parse: ${count(medianOf(rounds.raw, perSecond))} events/s`,
      ratio,
      emmett:
        rounds.emmett === undefined
          ? null
          : {
              says: `${count(medianOf(rounds.emmett, perSecond))} events/s${lost(events, rounds.emmett)}`,
              times: ratioOf(rounds.ledger, rounds.emmett, perSecond),
            },
      targets: [atLeast('of the cursor', ratio, 0.7)],
    },
  ];
};

const lost = (events, answers) => {
  const missing = Math.max(...answers.map(({ read }) => events - read));
  return missing > 0 ? `, ${count(missing)} of them lost` : '';
};
