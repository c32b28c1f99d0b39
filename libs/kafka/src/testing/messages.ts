import { BrokerUnavailable, type Delivery, type Message } from '@program-ledger/messaging';

const at = '2025-07-01T00:00:00.000Z';
/** Of several partitions. */
export const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
/** 0 up to, exclusive. */
export const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** The message of a key that has this sequence. */
export const messageOf = (key: string, sequence: number): Message => ({
  id: `${key}-${sequence}`,
  type: 'failing.failed.v1',
  source: '/program-ledger/failing',
  subject: key,
  time: at,
  sequence: String(sequence),
  key,
  correlationid: 'correlation-1',
  causationid: 'command-1',
  actor: 'person-1',
  data: { sequence },
});

/** Remembers what it is handed. */
export const collecting = () => {
  const all: Delivery[] = [];
  return {
    all,
    handle: (delivery: Delivery): Promise<void> => Promise.resolve(void all.push(delivery)),
    firstsOf: (key: string): readonly number[] => [...new Set(all.filter(({ message }) => message.key === key).map(({ message }) => Number(message.sequence)))],
  };
};

/** As the relay does: the same again, until it is known to be there. */
export const persistently = async (publish: () => Promise<void>): Promise<void> => {
  for (;;) {
    try {
      return await publish();
    } catch (error) {
      if (!(error instanceof BrokerUnavailable)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};

/** Waits until it holds. @throws when that takes too long. */
export const until = async (holds: () => boolean | Promise<boolean>, what: string, patienceMs = 60_000): Promise<void> => {
  for (const end = Date.now() + patienceMs; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 20))) if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
};
