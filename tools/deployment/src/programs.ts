import { serviceNodeFlags } from '@program-ledger/engines';
import { describeSettings } from '@program-ledger/host';
import type { Container, Files } from './compose.js';
import { addressesIn, unless, type Deployment, type Rule } from './finding.js';

const programIn = ({ command }: Container): string | undefined => command.find((word) => word.endsWith('.mjs'))?.replace(/\.mjs$/, '');
const ours = ({ compose }: Deployment): readonly Container[] => [...compose.containers.values()].filter((container) => container.ours);
const processes = (deployment: Deployment): readonly Container[] => ours(deployment).filter(({ name }) => deployment.code.processes.has(name));

/** What is run by hand or once, and has no container that stays. */
const withoutContainer: ReadonlySet<string> = new Set(['program-ledger', 'prepare']);

export const everyProgramHasItsContainer: Rule = function* (deployment) {
  const { code } = deployment;
  for (const container of ours(deployment)) {
    const program = programIn(container) ?? 'nothing';
    yield* unless([code.programs.includes(program), `${container.name} runs ${program}, which the bundle has not`], [!code.processes.has(container.name) || program === container.name, `${container.name} runs ${program}`]);
  }
  for (const program of code.programs) yield* unless([withoutContainer.has(program) || ours(deployment).filter((container) => programIn(container) === program).length === 1, `${program} has not exactly one container`]);
};

/** Builders of one tag at once refuse each other's, and a container without a builder of its own waits for the one that has it. */
export const oneTagIsBuiltOnce: Rule = function* (deployment) {
  const builders = ours(deployment).filter(({ builds }) => builds);
  const startsWith = (container: Container) => builders.some(({ profiles }) => container.profiles.every((profile) => profiles.includes(profile)));
  for (const image of new Set(builders.map((container) => container.image)))
    yield* unless([builders.filter((container) => container.image === image).length === 1, `${image} is built more than once`]);
  for (const container of ours(deployment))
    yield* unless(
      [container.raw['pull_policy'] === 'never', `${container.name} looks for its image in a registry, or builds it at each start`],
      [startsWith(container), `${container.name} starts where nobody builds its image`],
    );
  for (const { name, image } of deployment.compose.containers.values()) yield* unless([!image.startsWith('program-ledger:') || builders.some((builder) => builder.image === image), `${name} runs ${image}, which nobody builds`]);
};

export const theImageHoldsTheBundle: Rule = function* ({ code, files }) {
  const dockerfile = files.get('infra/docker/Dockerfile') ?? '';
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const last = stages.at(-1) ?? '';
  const copied = [...last.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '));
  yield* unless(
    [stages.every((stage) => stage.startsWith(`node:${code.versions.node}-`)), `the image is not built on Node ${code.versions.node}`],
    [/^RUN npm run bundle -- --out \/bundle$/m.test(dockerfile) && last.includes('COPY --from=build /bundle/*.mjs /bundle/NOTICES.txt ./'), 'the image does not hold the bundle'],
    [dockerfile.indexOf('RUN npm ci') < dockerfile.indexOf('COPY tsconfig.json') && dockerfile.includes('RUN npm ci'), 'a change of a source installs every package again'],
    [/^USER node$/m.test(last), 'the image runs as root'],
    [/^HEALTHCHECK .*"health\.mjs"/m.test(last), 'the image has no health check'],
    [!/npm|corepack/.test(last.replace(/^RUN rm -rf .*$/m, '')), 'the image holds a package manager'],
    [last.includes(`ENTRYPOINT ${JSON.stringify(['node', ...serviceNodeFlags]).replaceAll(',', ', ')}`), `Node is not started with ${serviceNodeFlags.join(' ')}`],
    [copied.every((source) => files.has(source)), 'the image copies what is not there'],
  );
};

export const portsAreThoseOfTheCode: Rule = function* (deployment) {
  const { code, compose } = deployment;
  const portOf = (name: string): number | undefined => code.processes.get(name)?.port;
  for (const { name, environment } of processes(deployment)) yield* unless([Number(environment.get('LEDGER_PORT')) === portOf(name), `${name} listens on ${environment.get('LEDGER_PORT')}, not where its code does`]);
  const upstreams = compose.containers.get('gateway')?.environment.get('GATEWAY_UPSTREAMS')?.split(',') ?? [];
  for (const service of code.services) yield* unless([upstreams.includes(`${service}=https://${service}:${portOf(service)}`), `the gateway does not lead to ${service}`]);
  for (const { name, ports } of compose.containers.values()) yield* unless([ports.every((port) => port.startsWith('127.0.0.1:')), `${name} is open to the network`]);
};

/** A key as it is read, and whether a file is named instead. */
const keyOf = (variable: string): { readonly key: string; readonly byFile: boolean } => (variable.endsWith('_FILE') ? { key: variable.slice(0, -5), byFile: true } : { key: variable, byFile: false });

/** Read by Node itself. */
const ofNode: ReadonlySet<string> = new Set(['NODE_EXTRA_CA_CERTS']);

export const settingsAreThoseOfTheCode: Rule = function* (deployment) {
  for (const { name, environment } of processes(deployment)) {
    const { settings } = deployment.code.processes.get(name)!;
    const described = describeSettings(settings);
    const given = [...environment.keys()].filter((variable) => !ofNode.has(variable)).map(keyOf);
    for (const { key, byFile } of given) {
      if (!described.has(key)) yield `${name} is told ${key}, which it does not read`;
      else if (byFile !== (described.get(key)?.secret === true)) yield `${name} is told ${key} ${byFile ? 'by a file, and reads none' : 'openly, and it is secret'}`;
    }
    const known = new Set(given.map(({ key }) => key));
    for (const [key, schema] of Object.entries(settings.shape)) if (!known.has(key) && !schema.safeParse(undefined).success) yield `${name} is not told ${key}`;
  }
};

/** Every address that a container is told of is a container's, on a network that both are on. */
export const addressesAreReached: Rule = function* ({ compose, files, code }) {
  for (const container of compose.containers.values()) {
    const mounted = [...container.configs.map(({ source }) => files.get(compose.configs.get(source) ?? '')), ...container.secrets.map(({ source }) => code.madeSecrets.get(source))];
    const told = [...container.environment.values(), ...mounted.map((text) => text ?? '')].join('\n');
    const targets = [...told.matchAll(/"([a-z-]+):(\d+)"/g)].map(([, host = '', port]) => ({ host, port: Number(port) }));
    for (const { host, port } of [...addressesIn(told), ...targets].filter((address) => address.host !== 'localhost')) {
      const other = compose.containers.get(host);
      if (other === undefined) yield `${container.name} is told of ${host}, which is no container`;
      else if (!other.networks.some((network) => container.networks.includes(network))) yield `${container.name} cannot reach ${host}: they share no network`;
      else if (!listensOn(other, files).includes(port)) yield `${container.name} is told that ${host} listens on ${port}`;
    }
  }
};

/** Where a container listens, from what configures it. */
const listensOn = ({ name, environment }: Container, files: Files): readonly number[] => {
  const kafka = /^listeners=(.*)$/m.exec(files.get('infra/kafka/server.properties') ?? '')?.[1] ?? '';
  const collector = /endpoint: [\d.]+:(\d+)/.exec(files.get('infra/observability/collector.yml') ?? '')?.[1];
  const third: Readonly<Record<string, readonly (string | undefined)[]>> = {
    kafka: [...kafka.matchAll(/:\/\/:(\d+)/g)].map(([, port]) => port),
    collector: [collector],
    eventstoredb: [environment.get('EVENTSTORE_NODE_PORT')],
    identity: [environment.get('KC_HTTPS_PORT')],
    grafana: [environment.get('GF_SERVER_HTTP_PORT')],
    // As these programs have it unless told, and they are not.
    postgres: ['5432'],
    prometheus: ['9090'],
  };
  return (third[name] ?? [environment.get('LEDGER_PORT')]).map(Number);
};

/** What is opened on the machine is a port that the container listens on. */
export const openedPortsListen: Rule = function* ({ compose, files }) {
  for (const container of compose.containers.values()) for (const port of container.ports) if (!listensOn(container, files).includes(Number(port.split(':').at(-1)))) yield `${container.name} does not listen where ${port} leads`;
};
