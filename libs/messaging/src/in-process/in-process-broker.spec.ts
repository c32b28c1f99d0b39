import { messagingContract } from '../testing/messaging-contract.js';
import { MemoryJournal } from '../testing/memory-journal.js';
import type { Faults } from './faults.js';
import { InProcessBroker } from './in-process-broker.js';
import type { Topic } from './journal.js';

const onMemory = (faults?: Faults) => async (topics: readonly Topic[]) => {
  const journal = new MemoryJournal(topics);
  return {
    connect: async () => {
      const broker = await InProcessBroker.open({ journal, ...(faults === undefined ? {} : { faults }) });
      return { publisher: broker, consumer: broker, deadLetters: broker, crash: () => broker.abandon(), close: () => broker.close() };
    },
    end: () => journal.close(),
  };
};

messagingContract('in-process broker', onMemory());
messagingContract('in-process broker with faults', onMemory({ seed: 20_250_701, duplicateRate: 0.3, fallBackRate: 0.2, fallBackMax: 4, delayMsMax: 5 }));
