/** What an address says for itself: who to be, and how. */
type Address = { readonly hosts: string; readonly isDiscovered: boolean; readonly settings: ReadonlyMap<string, string> };

/**
 * As the client takes it: KurrentDB's scheme is the same protocol under another name; of a cluster the leader is asked.
 * The deadline on the wire is an instant, and the server compares it with its own clock: ours are timers, and this one is far.
 * @throws TypeError
 */
export const clientUrlOf = (url: string): string => {
  const { hosts, isDiscovered, settings } = addressOf(url);
  const preference = valueOf(settings, 'nodePreference');
  if (preference !== undefined && preference.toLowerCase() !== 'leader')
    throw new TypeError(`appends and reads ask the leader: nodePreference=${preference} cannot be had`);
  const ours = { nodePreference: 'leader', defaultDeadline: String(wireDeadlineMs) };
  const missing = Object.entries(ours).filter(([name]) => valueOf(settings, name) === undefined);
  return `esdb${isDiscovered ? '+discover' : ''}://${hosts}?${[...settings, ...missing].map(([key, value]) => `${key}=${value}`).join('&')}`;
};

/** Whether the client drops the user that the address names: without TLS it sends none, and says nothing. */
export const sendsNoUser = (url: string): boolean => {
  const { hosts, settings } = addressOf(url);
  return hosts.includes('@') && valueOf(settings, 'tls') === 'false';
};

export const unsentUser =
  'the event log refuses whom it does not know, and without TLS (tls=false) the client sends neither user nor password: use tls=true, or a server that asks for none';

/** A clock of ours that is behind the server's by more than a deadline would have every append refused. */
const wireDeadlineMs = 3_600_000;

const addressOf = (url: string): Address => {
  const parsed = /^(?:esdb|kurrentdb|kurrent|kdb)(\+discover)?:\/\/(.+)$/.exec(url);
  if (parsed === null) throw new TypeError('an EventStoreDB address begins with esdb:// or kurrentdb:// (or esdb+discover://)');
  const [hosts, query = ''] = parsed[2]!.split('?', 2) as [string, string?];
  const settings = query.split('&').flatMap((setting): [string, string][] => {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(setting) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value]];
  });
  return { hosts: hosts.replace(/\/+$/, ''), isDiscovered: parsed[1] !== undefined, settings: new Map(settings) };
};

const valueOf = (settings: Address['settings'], name: string): string | undefined => [...settings].find(([key]) => flat(key) === flat(name))?.[1];

/** The client knows its settings in any case, and with dashes and underscores. */
const flat = (key: string): string => key.toLowerCase().replace(/[_-]/g, '');
