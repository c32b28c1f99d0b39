import type { Container } from './compose.js';
import type { Rule } from './finding.js';

/** Writes beside its volumes, and why. */
const writesItsFileSystem: Readonly<Record<string, string>> = { identity: 'Keycloak builds itself for its database when it starts' };
/** Cannot be asked, and why. */
const withoutHealth: Readonly<Record<string, string>> = { collector: 'its image holds no program but the collector', prepare: 'it ends' };

type Limits = { readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> } } };
const limitsOf = ({ raw }: Container): Readonly<Record<string, unknown>> => (raw as Limits).deploy?.resources?.limits ?? {};
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

export const containersAreHardened: Rule = function* ({ compose }) {
  for (const container of compose.containers.values()) {
    const { name, raw, image } = container;
    if (!same(raw['cap_drop'], ['ALL']) || raw['cap_add'] !== undefined) yield `${name} keeps capabilities`;
    if (!same(raw['security_opt'], ['no-new-privileges:true'])) yield `${name} may gain privileges`;
    if (raw['privileged'] !== undefined || raw['network_mode'] !== undefined || raw['user'] === 'root') yield `${name} is let out of its container`;
    if ((raw['read_only'] === true) === Object.hasOwn(writesItsFileSystem, name)) yield `${name}: whether its file system is read only is not as it is said`;
    for (const limit of ['cpus', 'memory', 'pids']) if (limitsOf(container)[limit] === undefined) yield `${name} has no limit of ${limit}`;
    if (!/:v?\d+\.\d+(\.\d+)?(-[a-z0-9]+)?$/.test(image)) yield `${name} runs ${image}, which is no fixed version`;
    if (raw['logging'] === undefined || raw['restart'] === undefined) yield `${name} does not say how it logs, or when it starts again`;
  }
};

export const startIsOrdered: Rule = function* ({ compose }) {
  for (const { name, dependsOn, profiles, healthcheck, ours } of compose.containers.values()) {
    if (((healthcheck ?? (ours ? {} : undefined)) === undefined || healthcheck?.disable === true) !== Object.hasOwn(withoutHealth, name)) yield `${name}: whether its health is asked is not as it is said`;
    if (profiles.length === 0 || profiles.some((profile) => !['deps', 'all'].includes(profile))) yield `${name} is in no profile of ours`;
    for (const [other, condition] of dependsOn) {
      const before = compose.containers.get(other);
      if (before === undefined || profiles.some((profile) => !before.profiles.includes(profile))) yield `${name} waits for ${other}, which does not start with it`;
      const wanted = other === 'prepare' ? 'service_completed_successfully' : Object.hasOwn(withoutHealth, other) ? 'service_started' : 'service_healthy';
      if (condition !== wanted) yield `${name} waits for ${other} to be ${condition}, and not ${wanted}`;
    }
  }
};

/** What every service stands on is there before it, and prepared. */
export const servicesWaitForWhatTheyStandOn: Rule = function* ({ compose, code }) {
  const wants = (name: string, ...others: readonly string[]) => others.filter((other) => !compose.containers.get(name)?.dependsOn.has(other)).map((other) => `${name} does not wait for ${other}`);
  for (const service of code.services) yield* wants(service, 'eventstoredb', 'kafka', 'postgres', 'identity', 'prepare');
  yield* wants('gateway', ...code.services);
  yield* wants('prepare', 'eventstoredb', 'kafka', 'postgres');
};

/** Secrets come from files that the script makes, reach whom they are for, and are mounted where they are read. */
export const secretsAreMountedWhereRead: Rule = function* ({ compose, files, code }) {
  for (const [name, file] of compose.secrets) if (file !== `infra/compose/secrets/${name}` || !code.madeSecrets.has(name)) yield `the secret ${name} is made by nobody`;
  for (const [name, file] of compose.configs) if (!files.has(file)) yield `the file ${name} is not there`;
  const used = new Set<string>();
  for (const { name, secrets, configs, environment, command, raw } of compose.containers.values()) {
    const mounted = new Set([...secrets, ...configs].map(({ target }) => target));
    for (const { source } of secrets) used.add(source);
    const configured = configs.map(({ source }) => files.get(compose.configs.get(source) ?? '') ?? '');
    const inSecrets = secrets.map(({ source }) => code.madeSecrets.get(source) ?? '');
    const text = [...environment.values(), ...command, JSON.stringify(raw['healthcheck'] ?? ''), ...configured, ...inSecrets].join('\n');
    for (const [path] of text.matchAll(/\/(?:run\/secrets|etc\/ledger)\/[a-z0-9_./-]*[a-z0-9]/g))
      if (!mounted.has(path) && ![...mounted].some((target) => target.startsWith(`${path}/`))) yield `${name} reads ${path}, which is not mounted`;
    for (const { source, target } of configs) if (!compose.configs.has(source)) yield `${name} mounts ${source} at ${target}, which nobody declares`;
  }
  for (const name of used) if (!compose.secrets.has(name)) yield `the secret ${name} is declared nowhere`;
  for (const name of compose.secrets.keys()) if (!used.has(name)) yield `nobody uses the secret ${name}`;
};

/** A service holds its own secrets and nobody else's; only the preparing container holds those of an operator. */
export const secretsAreNotShared: Rule = function* ({ compose, code }) {
  const operators = new Set(['postgres-url', 'kafka-url', 'eventstoredb-url']);
  for (const { name, secrets } of compose.containers.values()) {
    if (name === 'prepare') continue;
    for (const { source } of secrets) {
      const owner = code.services.find((service) => source === `${service}.pem` || source.startsWith(`${service}-`) || source.startsWith(`${service}.`));
      if (operators.has(source) || (owner !== undefined && owner !== name)) yield `${name} is given ${source}`;
    }
  }
};

export const onlyTheEdgeLeadsOut: Rule = function* ({ compose }) {
  for (const { name, networks, ports } of compose.containers.values()) {
    if (networks.length === 0) yield `${name} is on no network of ours`;
    if ((ports.length > 0) !== networks.includes('edge')) yield `${name} is on the edge without a port there, or the other way about`;
    for (const network of networks) if (network !== 'edge' && !compose.internalNetworks.has(network)) yield `${network} leads out`;
  }
};
