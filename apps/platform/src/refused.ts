import { StartRefused } from '@program-ledger/engines';

/** An expected reason not to start: the message is one sentence for the person at the terminal. */
export class PlatformRefused extends StartRefused {
  override readonly name = 'PlatformRefused';
}
