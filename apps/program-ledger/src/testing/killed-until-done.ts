import { beginning, EventStoreUnavailable, type EventStore } from '@program-ledger/event-sourcing';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilAlone } from './alone.js';
import { command } from './command.js';

/** Asks again where the log is away for a while. */
export const lengthOf = async (store: EventStore): Promise<number> => {
  for (;;) {
    try {
      let count = 0;
      for await (const page of store.readAll({ after: beginning })) count += page.length;
      return count;
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      await sleep(200);
    }
  }
};

export type KilledCopy = { readonly kills: number; readonly code: number | null; readonly output: string };

/** Kills a copy once it has come some way, again and again, until one run comes to the end. The observer sees the target. */
export const killedUntilDone = async (observer: EventStore, sourceUrl: string, to: readonly string[]): Promise<KilledCopy> => {
  for (let kills = 0; ; ) {
    const before = await lengthOf(observer);
    const running = command('--from', sourceUrl, ...to);
    while (running.isRunning() && kills < 4 && (await lengthOf(observer)) < before + 40) await sleep(2);
    if (kills < 4 && running.isRunning() && running.kill()) kills += 1;
    const { code, output } = await running.ended;
    if (code !== null) return { kills, code, output };
    await untilAlone(sourceUrl);
  }
};
