// Sides take turns in every round, each time in another order, so that whatever the machine does meanwhile happens to all of them.

/** Asks every side in every round; answers the rounds of each side. `ask(side, name)` measures once. */
export const interleaved = async (sides, rounds, ask) => {
  const names = Object.keys(sides);
  const answers = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      answers[name].push(await ask(sides[name], name, round));
    }
  return answers;
};

export const median = (values) => quantile(values, 0.5);

export const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

/** Median over the rounds of one number of their answers. */
export const medianOf = (answers, of) => median(answers.map(of));

/** Median over the rounds of one side's number divided by the other's of the same round. */
export const ratioOf = (ours, theirs, of) => median(ours.map((answer, round) => of(answer) / of(theirs[round])));
