import { declareInstance, openLog } from '@program-ledger/engines';
import type { InstanceMode } from '@program-ledger/event-sourcing';

/** Says, as its operator, what a log is. Done before a service starts: one that owns no category could not. */
export const declared = async (url: string, mode: InstanceMode): Promise<void> => {
  const store = await openLog({ url });
  try {
    await declareInstance(store, mode);
  } finally {
    await store.close();
  }
};
