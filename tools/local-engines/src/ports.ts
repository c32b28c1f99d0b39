import { freePort } from '@program-ledger/embedded-kafka';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Ports = { readonly postgresql: number; readonly kafka: number; readonly eventStore: number; readonly replication: number };

/** Chosen once and kept, so that addresses that were printed stay right. */
export const portsOf = async (directory: string): Promise<Ports> => {
  const file = join(directory, 'ports.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Ports;
  mkdirSync(directory, { recursive: true });
  const ports = { postgresql: await freePort(), kafka: await freePort(), eventStore: await freePort(), replication: await freePort() };
  writeFileSync(file, JSON.stringify(ports));
  return ports;
};
