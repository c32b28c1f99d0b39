import type { Container } from './compose.js';
import { unless, type Deployment, type Rule } from './finding.js';

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
    yield* unless(
      [same(raw['cap_drop'], ['ALL']) && raw['cap_add'] === undefined, `${name} keeps capabilities`],
      [same(raw['security_opt'], ['no-new-privileges:true']), `${name} may gain privileges`],
      [['privileged', 'network_mode', 'pid', 'ipc', 'devices'].every((key) => raw[key] === undefined) && raw['user'] !== 'root', `${name} is let out of its container`],
      [(raw['read_only'] === true) !== Object.hasOwn(writesItsFileSystem, name), `${name}: whether its file system is read only is not as it is said`],
      [['cpus', 'memory', 'pids'].every((limit) => limitsOf(container)[limit] !== undefined), `${name} has no limit of processor, memory or processes`],
      [/:v?\d+\.\d+(\.\d+)?(-[a-z0-9]+)?$/.test(image), `${name} runs ${image}, which is no fixed version`],
      [raw['logging'] !== undefined && raw['restart'] !== undefined, `${name} does not say how it logs, or when it starts again`],
    );
  }
};

/** An image of ours brings its own question. */
const isAsked = ({ healthcheck, ours }: Container): boolean => (healthcheck === undefined ? ours : healthcheck.disable !== true);
const conditionFor = (name: string): string => (name === 'prepare' ? 'service_completed_successfully' : Object.hasOwn(withoutHealth, name) ? 'service_started' : 'service_healthy');

export const startIsOrdered: Rule = function* ({ compose }) {
  for (const container of compose.containers.values()) {
    const { name, dependsOn, profiles } = container;
    yield* unless(
      [isAsked(container) !== Object.hasOwn(withoutHealth, name), `${name}: whether its health is asked is not as it is said`],
      [profiles.length > 0 && profiles.every((profile) => ['deps', 'all'].includes(profile)), `${name} is in no profile of ours`],
    );
    for (const [other, condition] of dependsOn)
      yield* unless(
        [profiles.every((profile) => compose.containers.get(other)?.profiles.includes(profile) === true), `${name} waits for ${other}, which does not start with it`],
        [condition === conditionFor(other), `${name} waits for ${other} to be ${condition}, and not ${conditionFor(other)}`],
      );
  }
};

/** What every service stands on is there before it, and prepared. */
export const servicesWaitForWhatTheyStandOn: Rule = function* ({ compose, code }) {
  const wants = (name: string, ...others: readonly string[]) => others.filter((other) => !compose.containers.get(name)?.dependsOn.has(other)).map((other) => `${name} does not wait for ${other}`);
  for (const service of code.services) yield* wants(service, 'eventstoredb', 'kafka', 'postgres', 'identity', 'prepare');
  yield* wants('gateway', ...code.services);
  yield* wants('prepare', 'eventstoredb', 'kafka', 'postgres');
};

/** Secrets come from files that the script makes, and each is used. */
export const secretsAreMade: Rule = function* ({ compose, files, code }) {
  const used = new Set([...compose.containers.values()].flatMap(({ secrets }) => secrets.map(({ source }) => source)));
  for (const [name, file] of compose.secrets) yield* unless([file === `infra/compose/secrets/${name}` && code.madeSecrets.has(name), `the secret ${name} is made by nobody`], [used.has(name), `nobody uses the secret ${name}`]);
  for (const [name, file] of compose.configs) yield* unless([files.has(file), `the file ${name} is not there`]);
  for (const name of used) yield* unless([compose.secrets.has(name), `the secret ${name} is declared nowhere`]);
};

/** What a container is told of below the places where files are mounted is mounted there. */
export const whatIsReadIsMounted: Rule = function* (deployment) {
  for (const container of deployment.compose.containers.values()) {
    const { name, secrets, configs } = container;
    const mounted = [...secrets, ...configs].map(({ target }) => target);
    for (const [path] of toldOf(container, deployment).matchAll(/\/(?:run\/secrets|etc\/ledger)\/[a-z0-9_./-]*[a-z0-9]/g))
      yield* unless([mounted.some((target) => target === path || target.startsWith(`${path}/`)), `${name} reads ${path}, which is not mounted`]);
    for (const { source } of configs) yield* unless([deployment.compose.configs.has(source), `${name} mounts ${source}, which nobody declares`]);
  }
};

const toldOf = ({ secrets, configs, environment, command, raw }: Container, { compose, files, code }: Deployment): string => {
  const configured = configs.map(({ source }) => files.get(compose.configs.get(source) ?? ''));
  const inSecrets = secrets.map(({ source }) => code.madeSecrets.get(source));
  return [...environment.values(), ...command, JSON.stringify(raw['healthcheck']), ...configured, ...inSecrets].join('\n');
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
