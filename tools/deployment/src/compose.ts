import { parse } from 'yaml';

/** path from the root → text of every file that a deployment is made of. */
export type Files = ReadonlyMap<string, string>;

export type Mount = { readonly source: string; readonly target: string };

/** One container as the compose file has it, its short forms written out. */
export type Container = {
  readonly name: string;
  readonly image: string;
  /** Of an image that is built here, and not of somebody else's. */
  readonly ours: boolean;
  readonly builds: boolean;
  readonly profiles: readonly string[];
  readonly command: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly secrets: readonly Mount[];
  readonly configs: readonly Mount[];
  readonly networks: readonly string[];
  /** `address:machine:container`. */
  readonly ports: readonly string[];
  readonly dependsOn: ReadonlyMap<string, string>;
  readonly healthcheck: { readonly disable?: boolean } | undefined;
  readonly raw: Readonly<Record<string, unknown>>;
};

export type Compose = {
  readonly containers: ReadonlyMap<string, Container>;
  /** name → file, from the root. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly configs: ReadonlyMap<string, string>;
  readonly internalNetworks: ReadonlySet<string>;
  readonly raw: unknown;
};

type Raw = {
  readonly services: Readonly<Record<string, RawContainer>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
};
type RawContainer = Readonly<Record<string, unknown>> & {
  readonly image: string;
  readonly build?: unknown;
  readonly profiles?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly (string | Mount)[];
  readonly configs?: readonly Mount[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly disable?: boolean };
};

/** What a variable is when nobody sets it. */
const defaultsIn = (text: string): string => text.replaceAll(/(?<!\$)\$\{\w+:-([^}]*)\}/g, '$1');

export const composeOf = (files: Files): Compose => {
  const raw = parse(defaultsIn(files.get('docker-compose.yml') ?? ''), { merge: true }) as Raw;
  const built = new Set(Object.values(raw.services).flatMap(({ image, build }) => (build === undefined ? [] : [image])));
  const fileOf = (all: Readonly<Record<string, { readonly file: string }>>) => new Map(Object.entries(all).map(([name, { file }]) => [name, file]));
  return {
    containers: new Map(Object.entries(raw.services).map(([name, container]) => [name, containerOf(name, container, built)])),
    secrets: fileOf(raw.secrets),
    configs: fileOf(raw.configs),
    internalNetworks: new Set(Object.entries(raw.networks).flatMap(([name, network]) => (network?.internal === true ? [name] : []))),
    raw,
  };
};

const containerOf = (name: string, raw: RawContainer, built: ReadonlySet<string>): Container => ({
  name,
  raw,
  image: raw.image,
  ours: built.has(raw.image),
  builds: raw.build !== undefined,
  profiles: raw.profiles ?? [],
  command: [...(raw.entrypoint ?? []), ...(raw.command ?? [])],
  environment: new Map(Object.entries(raw.environment ?? {})),
  secrets: (raw.secrets ?? []).map((secret) => (typeof secret === 'string' ? { source: secret, target: `/run/secrets/${secret}` } : secret)),
  configs: raw.configs ?? [],
  networks: raw.networks ?? [],
  ports: raw.ports ?? [],
  dependsOn: new Map(Object.entries(raw.depends_on ?? {}).map(([other, { condition }]) => [other, condition])),
  healthcheck: raw.healthcheck,
});
