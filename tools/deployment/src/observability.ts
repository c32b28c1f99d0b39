import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import type { Rule } from './finding.js';

type Prometheus = { readonly rule_files: readonly string[]; readonly scrape_configs: readonly { readonly job_name: string; readonly scheme: string; readonly static_configs: readonly { readonly targets: readonly string[] }[] }[] };
type Alerts = { readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[] };
type Dashboard = { readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[] };

/** Labels that Prometheus adds when it scrapes us. */
const added = ['job', 'instance', 'process'];
const shown = ['lag_seconds', 'lag_messages', 'parked_streams', 'dead_letters', 'log_append_seconds_bucket', 'log_head_position', 'ALERTS'];

export const everyProcessIsScraped: Rule = function* ({ files, code }) {
  const { scrape_configs: jobs } = parse(files.get('infra/observability/prometheus.yml') ?? '') as Prometheus;
  const targets = jobs.find(({ job_name: name }) => name === 'services')?.static_configs.flatMap(({ targets: all }) => all) ?? [];
  for (const [name, { port }] of code.processes) if (!targets.includes(`${name}:${port}`)) yield `${name} is not scraped`;
  for (const { job_name: name, scheme } of jobs) if (scheme !== 'https') yield `${name} is scraped without TLS`;
};

export const spansArrive: Rule = function* ({ files, compose, code }) {
  const port = /endpoint: [\d.]+:(\d+)/.exec(files.get('infra/observability/collector.yml') ?? '')?.[1];
  for (const name of code.processes.keys()) if (compose.containers.get(name)?.environment.get('LEDGER_OTLP_URL') !== `https://collector:${port}/v1/traces`) yield `${name} sends its spans elsewhere`;
  const { receivers, exporters, processors, service } = parse(files.get('infra/observability/collector.yml') ?? '') as Collector;
  const known = new Set([...Object.keys(receivers), ...Object.keys(exporters), ...Object.keys(processors)]);
  for (const part of Object.values(service.pipelines).flatMap((pipeline) => Object.values(pipeline).flat())) if (!known.has(part)) yield `the collector has a pipeline over ${part}, which it does not have`;
};
type Parts = Readonly<Record<string, unknown>>;
type Collector = { readonly receivers: Parts; readonly exporters: Parts; readonly processors: Parts; readonly service: { readonly pipelines: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> } };

/** Every query that is asked for a panel or an alert, parsed by Prometheus' own grammar, over metrics and labels that the code shows. */
export const queriesAskForWhatIsShown: Rule = function* ({ files, code }) {
  const { panels } = JSON.parse(files.get('infra/observability/grafana/program-ledger.json') ?? '{"panels":[]}') as Dashboard;
  const { groups } = parse(files.get('infra/observability/alerts.yml') ?? 'groups: []') as Alerts;
  const asked = [
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)),
  ];
  for (const [title, query] of asked) for (const fault of faultsOf(query, code.metrics)) yield `“${title}” ${fault}`;
  for (const metric of shown) if (!panels.some(({ targets }) => targets.some(({ expr }) => expr.includes(metric)))) yield `no panel shows ${metric}`;
};

const faultsOf = (query: string, metrics: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const { broken, names, labels } = read(query);
  if (broken) return [`asks what is no query: ${query}`];
  const known = names.flatMap((name) => labelsOf(name, metrics) ?? []);
  const unknown = names.filter((name) => labelsOf(name, metrics) === undefined).map((name) => `asks for ${name}, which nobody shows`);
  return [...unknown, ...labels.filter((label) => ![...known, ...added].includes(label)).map((label) => `asks by ${label}, which ${names.join(', ')} does not bear`)];
};

/** A histogram shows three metrics, one of them with `le`. */
const labelsOf = (name: string, metrics: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined => {
  // Shown by Prometheus of itself: an alert that is pending or firing.
  if (name === 'ALERTS') return ['alertname', 'alertstate'];
  if (name === 'up') return [];
  const [, stem = name, part] = /^(.*_seconds)_(bucket|count|sum)$/.exec(name) ?? [];
  const labels = metrics.get(stem);
  return part === 'bucket' && labels !== undefined ? [...labels, 'le'] : labels;
};

const read = (query: string): { readonly broken: boolean; readonly names: readonly string[]; readonly labels: readonly string[] } => {
  const found = { broken: false, names: [] as string[], labels: [] as string[] };
  parser.parse(query).iterate({
    enter: ({ type, name, from, to }) => {
      if (type.isError) found.broken = true;
      if (name === 'VectorSelector') found.names.push(/^[a-zA-Z_:][\w:]*/.exec(query.slice(from, to))?.[0] ?? '');
      if (name === 'LabelName') found.labels.push(query.slice(from, to));
    },
  });
  return found;
};
