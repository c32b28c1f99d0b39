import { register } from 'node:module';

/** A process to be killed: the command line as it is, from its sources. Run with `--conditions=@program-ledger/source`. */
register('./typescript-hooks.mjs', import.meta.url);
await import('../main.ts');
