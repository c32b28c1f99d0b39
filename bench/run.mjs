// npm run bench [-- names…] [--quick]: measures this machine, each side in a process of its own, and writes the tables of docs/performance.md.
// With names it measures those only, and writes a table only when all measures of that table are among them; --quick is brief and writes nothing.
import { runMeasures, say } from './setting.mjs';
import { append } from './measures/append.mjs';
import { catchUp } from './measures/catch-up.mjs';
import { engines } from './measures/engines.mjs';
import { httpCommand } from './measures/http-command.mjs';
import { reaction } from './measures/reaction.mjs';
import { rebuild } from './measures/rebuild.mjs';
import { start } from './measures/start.mjs';
import { pageOf, printed, tables, writePage } from './table.mjs';

const measures = { append, 'catch-up': catchUp, rebuild, http: httpCommand, reaction, start, engines };

const words = process.argv.slice(2);
const quick = words.includes('--quick');
const names = words.filter((word) => word !== '--quick');
const unknown = names.filter((name) => !Object.hasOwn(measures, name));
if (unknown.length > 0) {
  process.stderr.write(`${unknown.join(', ')}: not measured here; there is ${Object.keys(measures).join(', ')}\n`);
  process.exit(1);
}

const wanted = names.length > 0 ? names : Object.keys(measures);
const outcome = await runMeasures(
  wanted.map((name) => [name, measures[name]]),
  { quick },
);
for (const [name, { holds }] of Object.entries(tables)) {
  const own = { ...outcome, rows: outcome.rows.filter((row) => holds(row.of)) };
  if (own.rows.length > 0) process.stdout.write(printed(own, name));
  const isWhole = Object.keys(measures).every((measure) => !holds(measure) || wanted.includes(measure));
  if (isWhole && !quick) writePage(name, pageOf(own, name));
  say(`docs/performance.md: the table of ${name} ${isWhole && !quick ? 'is rewritten' : 'stays as it is'}`);
}
process.exit(0);
