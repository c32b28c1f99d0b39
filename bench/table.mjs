// How outcomes become the table: on the terminal, and between the marks in docs/performance.md, whose other text stays.
import { readFileSync, writeFileSync } from 'node:fs';

const page = new URL('../docs/performance.md', import.meta.url);
/** The tables of the page, each between marks of its own and with its own word on when and where it was measured. */
export const tables = {
  services: { mark: 'measured', by: 'npm run bench', holds: (measure) => measure !== 'engines' },
  engines: { mark: 'engines', by: 'npm run bench -- engines', holds: (measure) => measure === 'engines' },
};
const marksOf = ({ mark, by }) => ({ from: `<!-- ${mark}: written by ${by} -->`, to: `<!-- ${mark}: end -->` });

export const count = (value) => (value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2));
export const latency = ({ p50, p99 }) => `p50 ${count(p50)} ms, p99 ${count(p99)} ms`;

/** Targets: what was asked, and by what share it was missed, null when it was met. */
export const atLeast = (what, value, wanted) => ({ says: `≥ ${wanted.toLocaleString('en')} ${what}`, missedBy: value >= wanted ? null : 1 - value / wanted });
export const atMost = (what, value, wanted) => ({ says: `≤ ${wanted.toLocaleString('en')} ${what}`, missedBy: value <= wanted ? null : value / wanted - 1 });
export const below = (what, value, wanted) => ({ says: `< ${wanted.toLocaleString('en')} ${what}`, missedBy: value < wanted ? null : value / wanted - 1 });

/** A measure that could not run here: its row says so, and no target was met or missed. */
export const didNotRun = (measure, why) => ({ measure, ours: `did not run: ${why}`, emmett: null, targets: [] });

const verdict = ({ says, missedBy }) => (missedBy === null ? `${says}: met` : `**${says}: missed by ${Math.max(1, Math.round(missedBy * 100))} %**`);

const heading = ['measure', 'program-ledger', 'beside it', 'ratio', 'Emmett', 'targets'];
const cells = ({ measure, ours, beside, ratio, emmett, targets }) => [
  measure,
  ours,
  beside ?? '–',
  ratio === undefined ? '–' : ratio.toFixed(2),
  emmett == null ? '–' : `${emmett.says} (${emmett.times.toFixed(1)}×)`,
  targets.length === 0 ? '–' : targets.map(verdict).join('<br>'),
];

/** The servers that stand in a table. */
const serversOf = {
  services: (s) => (s.emmett === null ? 'Emmett could not be installed' : `Emmett ${s.emmett}`),
  engines: (s) => `Kafka ${s.kafka}`,
};

export const pageOf = ({ surroundings: s, rows }, name) => {
  const table = [heading, heading.map(() => '---'), ...rows.map(cells)].map((row) => `| ${row.join(' | ')} |`).join('\n');
  return `Measured ${s.date} UTC at commit ${s.commit} on ${s.cores} cores of ${s.processor}, ${s.memoryGiB} GiB, ${s.system}; 8 KiB written and flushed in ${s.flushMs.toFixed(2)} ms;
Node ${s.node}, PostgreSQL ${s.postgres} with ${s.durable} for every side, ${serversOf[name](s)}.

${table}`;
};

export const printed = (outcome, name) => `\n${pageOf(outcome, name).replaceAll('<br>', '; ').replaceAll('**', '')}\n\n`;

export const writePage = (name, measured) => {
  const text = readFileSync(page, 'utf8');
  const marks = marksOf(tables[name]);
  const [from, to] = [text.indexOf(marks.from), text.indexOf(marks.to)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md lacks its marks: ${marks.from} … ${marks.to}`);
  writeFileSync(page, `${text.slice(0, from + marks.from.length)}\n\n${measured}\n\n${text.slice(to)}`);
};
