import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedKafkaRefused, startKafka } from '../../libs/embedded-kafka/dist/index.js';
import { declareTopics, parseKafkaUrl } from '../../libs/kafka/dist/index.js';
import { deadLetterTopicOf } from '../../libs/messaging/dist/index.js';
import { createEventStoreSchema } from '../../libs/postgres-event-store/dist/index.js';
import { endAll } from '../../apps/journeys/dist/ending.js';
import { Client, stageFor, stories } from '../../apps/journeys/dist/index.js';
import { runSplit, serviceNames } from '../../apps/journeys/dist/service-processes.js';
import { group, topic } from '../../apps/journeys/dist/torture/sample.js';
import { interleaved, medianOf, quantile, ratioOf } from '../rounds.mjs';
import { say } from '../setting.mjs';
import { atLeast, atMost, count, didNotRun, latency } from '../table.mjs';

const perSecond = ({ perSecond: value }) => value;
const idleMs = 15_000;

/** The same services on servers that are not ours: Kafka, and the EventStoreDB that `EVENTSTOREDB_URL` names. What cannot run is said. */
export const engines = async (setting) => [...(await onKafka(setting)), ...(await onEventStoreDb(setting))];

const rate = 500;
const onKafkaNames = {
  publish: 'publish to Kafka, batches of 200',
  reaction: `append to reaction in another process over Kafka, ${rate} events/s`,
  idle: 'five processes idle on Kafka, after a story',
};

const onKafka = async (setting) => {
  let kafka;
  try {
    kafka = await startKafka({ directory: join(setting.directory, 'kafka'), onProgress: say });
  } catch (error) {
    if (!(error instanceof EmbeddedKafkaRefused)) throw error;
    say(`KAFKA DID NOT RUN: ${error.message}`);
    return Object.values(onKafkaNames).map((measure) => didNotRun(measure, error.message));
  }
  setting.onEnd(() => kafka.stop());
  return [...(await publish(setting, kafka)), ...(await reactionOverKafka(setting, kafka)), ...(await idle(setting, kafka))];
};

const publish = async (setting, { brokers }) => {
  const sides = {
    ledger: await setting.contender('contenders/ledger-publish', { brokers, topic: 'bench.ledger' }),
    bare: await setting.contender('contenders/bare-publish', { brokers, topic: 'bench.bare' }),
  };
  for (const side of Object.values(sides)) await side.ask('publish', { publishers: 4, milliseconds: setting.milliseconds(2_000) });
  const rounds = await interleaved(sides, setting.rounds(5), (side) => side.ask('publish', { publishers: 4, milliseconds: setting.milliseconds(2_000) }));
  for (const side of Object.values(sides)) await side.end();
  const [ours, bare, ratio] = [medianOf(rounds.ledger, perSecond), medianOf(rounds.bare, perSecond), ratioOf(rounds.ledger, rounds.bare, perSecond)];
  say(`publish: ledger ${count(ours)}/s, kafkajs ${count(bare)}/s`);
  return [{ measure: onKafkaNames.publish, ours: `${count(ours)}/s`, beside: `kafkajs alone: ${count(bare)}/s`, ratio, emmett: null, targets: [atLeast('of kafkajs', ratio, 0.8)] }];
};

const reactionOverKafka = async (setting, { brokers }) => {
  await declareTopics(parseKafkaUrl(`kafka://${brokers.join(',')}`), [topic, deadLetterTopicOf(topic, group)].map((name) => ({ name, partitions: 4 })));
  const logUrl = await setting.database('engines_log');
  await createEventStoreSchema(logUrl);
  const reactor = await setting.contender('contenders/kafka-reactor', { logUrl, serviceUrl: await setting.database('engines_reactor'), brokers });
  const origin = await setting.contender('contenders/kafka-origin', { logUrl, serviceUrl: await setting.database('engines_origin'), brokers });
  await origin.ask('append', { perSecond: rate, milliseconds: setting.milliseconds(5_000) });
  const { sent, took, perSecond: reached } = await origin.ask('append', { perSecond: rate, milliseconds: setting.milliseconds(20_000) });
  if (took.length !== sent) throw new Error(`${sent} events were appended and ${took.length} reactions seen`);
  for (const side of [origin, reactor]) await side.end();
  const times = { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
  say(`append to reaction over Kafka at ${count(reached)} events/s: ${latency(times)}`);
  const targets = [atMost('ms at p99', times.p99, 250), atLeast('events/s', reached, rate * reachedShareMin)];
  return [{ measure: onKafkaNames.reaction, ours: `${latency(times)} over ${count(sent)} reactions at ${count(reached)} events/s`, emmett: null, targets }];
};

/** The last events of a run are answered a moment after it: of the rate that was asked for, so much must have been reached. */
const reachedShareMin = 0.98;

const idle = async (setting, { brokers }) => {
  setting.onEnd(endAll);
  const platform = await runSplit({ brokerUrl: `kafka://${brokers.join(',')}` });
  try {
    // As after a day of work: everything was loaded once, and nothing happens any more.
    if (!setting.quick) await stories['second-chance'].play(stageFor(new Client(platform.addresses, 'bench'), 'bench', 'en', () => undefined));
    await platform.atRest();
    await sleep(setting.milliseconds(idleMs));
    const each = Object.entries(platform.memory()).filter(([name]) => serviceNames.includes(name));
    if (each.length !== serviceNames.length) return [didNotRun(onKafkaNames.idle, 'the system does not say what a process takes')];
    const mebibytes = each.reduce((sum, [, resident]) => sum + resident, 0);
    const whole = (mebibytes * 2 ** 20) / 1e6;
    say(`five processes idle: ${each.map(([name, resident]) => `${name} ${resident}`).join(', ')} MiB`);
    return [{ measure: onKafkaNames.idle, ours: `${count(mebibytes)} MiB resident in all`, emmett: null, targets: [atMost('MB in all', whole, 900)] }];
  } finally {
    await platform.stop();
  }
};

const callersOf = [32, 128];
const appendTo = (callers) => `append to EventStoreDB, ${callers} callers`;
const catchUpFrom = 'catch-up from EventStoreDB';

const onEventStoreDb = async (setting) => {
  const url = process.env.EVENTSTOREDB_URL || undefined;
  if (url === undefined) {
    const why = 'EVENTSTOREDB_URL names no server';
    say(`EVENTSTOREDB DID NOT RUN: ${why}`);
    return [...callersOf.map(appendTo), catchUpFrom].map((measure) => didNotRun(measure, why));
  }
  const prefix = () => `bench${randomUUID().slice(0, 8)}`;
  const sides = {
    ledger: await setting.contender('contenders/eventstoredb-log', { url, prefix: prefix() }),
    bare: await setting.contender('contenders/eventstoredb-log', { url, prefix: prefix(), bare: true }),
  };
  const rows = [];
  for (const callers of callersOf) {
    const rounds = await interleaved(sides, setting.rounds(5), (side) => side.ask('append', { callers, milliseconds: setting.milliseconds(2_000) }));
    rows.push(row(appendTo(callers), rounds));
  }
  rows.push(row(catchUpFrom, await interleaved(sides, setting.rounds(3), (side) => side.ask('catchUp'))));
  for (const side of Object.values(sides)) await side.end();
  return rows;
};

const row = (measure, { ledger, bare }) => {
  const ratio = ratioOf(ledger, bare, perSecond);
  say(`${measure}: ledger ${count(medianOf(ledger, perSecond))}/s, client ${count(medianOf(bare, perSecond))}/s`);
  return { measure, ours: `${count(medianOf(ledger, perSecond))}/s`, beside: `its client alone: ${count(medianOf(bare, perSecond))}/s`, ratio, emmett: null, targets: [atLeast('of the client', ratio, 0.8)] };
};
