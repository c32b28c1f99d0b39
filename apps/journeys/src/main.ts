import { parseArgs } from 'node:util';
import { distributed } from './distributed.js';
import { endOnSignals } from './ending.js';
import { journeys } from './journeys.js';
import { playStory } from './play.js';
import { stories } from './stories/index-of-stories.js';

const names = Object.keys(stories).join(' | ');
const usage = `npm run story -- ${names} [--lang ko|en] [--report FILE] [--url URL --issuer URL] [--run NAME]\nnpm run journeys -- [distributed] [${names}] [--seed N] [--broker kafka|postgres]`;

const run = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { lang: { type: 'string', default: 'en' }, report: { type: 'string' }, url: { type: 'string' }, issuer: { type: 'string' }, run: { type: 'string' }, broker: { type: 'string' }, seed: { type: 'string', default: '1' } },
  });
  const [mode, ...words] = positionals;
  const [wanted, apart] = mode === 'journeys' && words[0] === 'distributed' ? [words.slice(1), true] : [words, false];
  if (!isUnderstood(mode, wanted, values.lang)) throw new Error(usage);
  const chosen = wanted.length > 0 ? wanted : Object.keys(stories);
  if (apart) return distributed(chosen, { seed: Number(values.seed), broker: values.broker });
  if (mode === 'journeys') return journeys(chosen, Number(values.seed));
  return playStory(stories[wanted[0]!]!, { language: values.lang === 'ko' ? 'ko' : 'en', ...values });
};

const isUnderstood = (mode: string | undefined, wanted: readonly string[], language: string): boolean =>
  wanted.every((name) => Object.hasOwn(stories, name)) && (mode !== 'story' || wanted.length === 1) && ['ko', 'en'].includes(language);

endOnSignals();
process.exitCode = await run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
