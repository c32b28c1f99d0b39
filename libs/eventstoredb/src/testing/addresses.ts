import { openDoor, type Door } from './door.js';

/** A server seen through a door that a test can shut. */
export type Behind = { readonly url: string; readonly door: Door };

/** Why no door can stand before a server, or where the server is. */
export const placeOf = (url: string): { readonly reason: string } | { readonly host: string; readonly port: number; through(port: number): string } => {
  const [, scheme = '', user = '', hosts = '', query = ''] = /^([a-z]+(?:\+discover)?):\/\/(?:(.*)@)?([^/?]+)\/?\??(.*)$/.exec(url) ?? [];
  if (scheme.endsWith('+discover') || hosts.includes(',')) return { reason: 'the address is of a cluster, whose client goes to its leader past any door' };
  if (!/(^|&)tls=false(&|$)/i.test(query)) return { reason: 'the address is not tls=false, and a certificate is of the server’s own name' };
  const [host = '', port = '2113'] = hosts.split(':');
  return { host, port: Number(port), through: (door) => `${scheme}://${user === '' ? '' : `${user}@`}127.0.0.1:${door}?${query}` };
};

/** A door of its own before the server at an address. */
export const behindDoor = async (url: string): Promise<Behind> => {
  const place = placeOf(url);
  if ('reason' in place) throw new TypeError(place.reason);
  const door = await openDoor(place);
  return { url: place.through(door.port), door };
};
