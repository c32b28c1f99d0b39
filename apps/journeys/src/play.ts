import { writeFile } from 'node:fs/promises';
import { Client, type Addresses } from './client.js';
import { answers, runPlatform } from './platform-process.js';
import type { Report } from './report.js';
import { replayCaptured, type Replayed } from './replay.js';
import { stageFor, type Language, type Stage } from './stage.js';
import type { Story } from './story.js';
import { timeline } from './timeline.js';

const usual: Addresses = { api: 'http://127.0.0.1:7400', issuer: 'http://127.0.0.1:7401' };

export type PlayOptions = { readonly language: Language; readonly report?: string | undefined; readonly url?: string | undefined; readonly issuer?: string | undefined; readonly run?: string | undefined };

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** `npm run story`: on the platform that runs, or on one of its own when none does. */
export const playStory = async (story: Story, options: PlayOptions): Promise<number> => {
  const given = { api: options.url ?? usual.api, issuer: options.issuer ?? usual.issuer };
  if (await answers(given)) return play(story, options, given);
  if (options.url !== undefined) throw new Error(`no platform answers at ${options.url}`);
  print('no platform is running: this story brings up one of its own, in a temporary directory');
  const own = await runPlatform();
  try {
    return await play(story, options, own.addresses);
  } finally {
    await own.stop();
  }
};

const play = async (story: Story, { language, report: file, run = new Date().toISOString() }: PlayOptions, addresses: Addresses): Promise<number> => {
  const began = performance.now();
  const stage = stageFor(new Client(addresses, run), run, language, print);
  print(`\n${story.title[language]}`);
  const { report, faults } = await playAndCheck(story, stage, print);
  print(timeline(stage.moments, language));
  if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  for (const fault of faults) print(`NOT AS IT SHOULD BE: ${fault}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(`\n${faults.length === 0 ? 'done' : 'failed'} in ${seconds} s${file === undefined ? '' : `; report in ${file}`}`);
  return faults.length === 0 ? 0 : 1;
};

/** Plays, then asks every GET of the story again as of its position; the faults are what did not come out as it must. */
export const playAndCheck = async (story: Story, stage: Stage, say: (line: string) => void): Promise<{ readonly report: Report; readonly faults: readonly string[]; readonly replayed: Replayed }> => {
  const report = await story.play(stage);
  say(`\nasking every answer of this story again, as of its own position`);
  const replayed = await replayCaptured(stage.client, stage.client.captured, (done, of) => say(`  ${done} of ${of}`));
  say(`  ${replayed.asked} answers asked again, ${replayed.different.length} different`);
  const faults = [...story.faults(report), ...replayed.different.map((what) => `answered otherwise when asked again: ${what}`)];
  return { report, faults, replayed };
};
