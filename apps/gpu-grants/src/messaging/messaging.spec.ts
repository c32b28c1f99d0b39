import { applicationsEvents } from '@program-ledger/contracts/applications';
import { fundingEvents } from '@program-ledger/contracts/funding';
import { gpuGrantsEvents } from '@program-ledger/contracts/gpu-grants';
import { reviewEvents } from '@program-ledger/contracts/review';
import {
  encodeEvent,
  sha256,
  streamOf,
  uuidFrom,
  type Aggregate,
  type DomainEvent,
  type EventDefinition,
  type JsonObject,
  type RecordedEvent,
} from '@program-ledger/event-sourcing';
import type { Message } from '@program-ledger/messaging';
import { exampleText } from '@program-ledger/rulebook/testing';
import { describe, expect, test } from '@jest/globals';
import { grantProcess } from '../domain/grant-process/grant-process.decider.js';
import type { GrantProcessEvent } from '../domain/grant-process/grant-process.events.js';
import { grant } from '../domain/grant/grant.decider.js';
import type { GrantEvent } from '../domain/grant/grant.events.js';
import { noticeIdOf, poolIdOf } from '../domain/identities.js';
import { pool } from '../domain/pool/pool.decider.js';
import type { PoolEvent } from '../domain/pool/pool.events.js';
import { roundNotice } from '../domain/round-notice/round-notice.decider.js';
import { gpuGrantsFollows } from './follows.js';
import { gpuGrantsPublishing } from './publishes.js';
import { gpuGrantsReactions } from './reacts.js';

const at = '2026-02-20T06:00:00.000Z';
const programmeId = uuidFrom('programme');
const callId = uuidFrom('call');
const [team, other] = [uuidFrom('team'), uuidFrom('other')];
const grantId = uuidFrom('grant');
const told = { programmeId, at };
const digest = `sha256:${'a'.repeat(64)}`;
const metadata = {
  recordedAt: at,
  commandId: uuidFrom('c'),
  commandDigest: sha256('c'),
  correlationId: uuidFrom('c'),
  causationId: uuidFrom('c'),
  actor: 'ahn',
};
const place = { stream: `decision-${uuidFrom('decision')}`, revision: 7 };
const agreement = { stream: `agreement-${uuidFrom('agreement')}`, revision: 3 };
const authority = { kind: 'selection', ...place } as const;

const term = { grantId, team, phase: 'one', gpus: 64, from: '2026-03-01', to: '2026-06-30', evaluatedBy: 'middle', ...told };
const terms = { model: 'X1', rulebookDigest: digest, authority, later: [{ phase: 'two', gpus: 64, from: '2026-07-01', to: '2026-09-09' }] };
const reserved: GrantEvent = { type: 'grant-reserved', ...term, ...terms, regrantedFrom: null };

describe('what leaves', () => {
  const recorded = <State, Command extends { readonly type: string }, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event, string>,
    id: string,
    event: Event,
  ): RecordedEvent => {
    const definition = (aggregate.events as Readonly<Record<string, EventDefinition>>)[event.type];
    if (definition === undefined) throw new Error(`no ${event.type}`);
    return { ...encodeEvent(event, definition, uuidFrom(event.type), metadata), stream: streamOf(aggregate.category, id), revision: 7, position: 70n };
  };
  const leaving = (event: GrantEvent) => {
    const outgoing = gpuGrantsPublishing(recorded(grant, grantId, event));
    if (outgoing === null) return null;
    const { type, data } = outgoing.message;
    const schema = Object.entries(gpuGrantsEvents).find(([name]) => name === type)?.[1];
    expect(schema?.safeParse(data).success).toBe(true);
    return { topic: outgoing.topic, type, ...data };
  };
  const { evaluatedBy: _, ...shown } = term;
  const topic = 'gpu-grants.grant';

  const rows: readonly (readonly [GrantEvent, JsonObject | null])[] = [
    [reserved, { topic, type: 'gpu-grants.grant-reserved.v1', ...shown, model: 'X1', rulebookDigest: digest, later: terms.later }],
    [
      { ...reserved, regrantedFrom: uuidFrom('former') },
      { topic, type: 'gpu-grants.grant-reserved.v1', ...shown, model: 'X1', rulebookDigest: digest, later: terms.later, regrantedFrom: uuidFrom('former') },
    ],
    [{ type: 'delivery-permitted', ...term, agreement }, null],
    [
      { type: 'grant-delivered', ...term, note: 'rack 1' },
      { topic, type: 'gpu-grants.grant-delivered.v1', ...shown },
    ],
    [
      { type: 'grant-returned', ...term, gpuHours: '1', note: 'wiped' },
      { topic, type: 'gpu-grants.grant-returned.v1', ...shown, gpuHours: '1' },
    ],
    [
      { type: 'grant-reclaimed', ...term, gpuHours: '1', reason: 'failed' },
      { topic, type: 'gpu-grants.grant-reclaimed.v1', ...shown, gpuHours: '1', reason: 'failed' },
    ],
    [
      { type: 'grant-released', ...term, reason: 'given up' },
      { topic, type: 'gpu-grants.grant-released.v1', ...shown, reason: 'given up' },
    ],
  ];
  for (const [event, expected] of rows) {
    const regranted = event.type === 'grant-reserved' && event.regrantedFrom !== null ? ', regranted,' : '';
    test(`of ${event.type}${regranted} is ${expected === null ? 'nothing' : 'what the contract says'}`, () => expect(leaving(event)).toEqual(expected));
  }
});

describe('what others said', () => {
  const message = (type: string, data: JsonObject, { stream, revision }: { readonly stream: string; readonly revision: number }): Message => {
    const envelope = { id: uuidFrom(type), type, source: '/program-ledger/other', subject: stream, time: at, sequence: String(revision), key: stream };
    return { ...envelope, correlationid: uuidFrom('c'), causationid: uuidFrom('c'), actor: 'ahn', data };
  };
  const contracts = { ...applicationsEvents, ...reviewEvents, ...fundingEvents };
  const heard = (type: keyof typeof contracts, data: JsonObject, from = place) => {
    expect(contracts[type].safeParse(data).success).toBe(true);
    return gpuGrantsReactions
      .filter((row) => row.type === type)
      .flatMap((row) => row.react(data, message(type, data, from)))
      .map(({ aggregate, id, command }) => [aggregate.category, id, command]);
  };
  const tells = (whom: string, said: JsonObject) => ['grantProcess', whom, { type: 'hear', heard: { programmeId, team: whom, at, ...said } }];

  const members = [
    {
      organisationId: uuidFrom('lead'),
      name: { ko: '가', en: 'A' },
      role: 'lead',
      task: 'development',
      shareBasisPoints: 6000,
      representatives: ['kim', 'lee'],
    },
    { organisationId: uuidFrom('member'), name: { ko: '나', en: 'B' }, role: 'member', task: 'development', shareBasisPoints: 4000, representatives: ['lee'] },
  ];
  const seatOf = (applicationId: string) => ({
    applicationId,
    title: 'A model',
    rank: 1,
    members,
    requestedGpus: 48,
    openness: 'open',
    budget: '1000',
    provenance: 'invented',
  });
  const seat = { title: 'A model', gpusMax: 48, rulebookDigest: digest, replaces: null, representatives: ['kim', 'lee'] };
  const round = (roundId: string) => ({ programmeId, callId, roundId, at });

  test('of a rulebook is the plan and the capacity that it starts with', () => {
    const text = exampleText();
    const enacted = { ...told, rulebookId: uuidFrom('rulebook'), version: 3, text, digest, validFrom: '2026-01-01' };
    expect(heard('applications.rulebook-enacted.v1', enacted)).toEqual([
      [
        'pool',
        poolIdOf(programmeId),
        {
          type: 'receive-plan',
          ...told,
          plan: {
            digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
            version: 3,
            model: 'X1',
            timeZone: 'Asia/Seoul',
            phases: [
              { id: 'one', from: '2026-03-01', to: '2026-06-30', gpus: 64, evaluatedBy: 'middle' },
              { id: 'two', from: '2026-07-01', to: '2026-09-09', gpus: 64, evaluatedBy: 'end' },
            ],
          },
          stock: { capacity: 128, from: '2026-01-01' },
        },
      ],
    ]);
  });

  test('of a selection is told to each team, with who may look, and kept until its window closes', () => {
    const announced = {
      ...round('interview'),
      selected: [seatOf(team), seatOf(other)],
      reserve: [],
      rejected: [],
      decidedBy: ['han'],
      rulebookDigest: digest,
      evidence: [],
    };
    const outcome = { type: 'outcome-heard', roundId: 'interview', kind: 'selection', outcome: 'selected', seat, notice: place };
    expect(heard('review.selection-announced.v1', announced)).toEqual([
      tells(team, outcome),
      tells(other, outcome),
      ['grantsNotice', noticeIdOf(callId, 'interview'), { type: 'receive-notice', ...round('interview'), teams: [team, other], notice: place }],
    ]);
  });

  test('of a stage is told to each team, passed or failed', () => {
    const result = (applicationId: string, outcome: string) => ({ applicationId, score: '80', scorePassed: true, gates: [], outcome });
    const decided = { ...round('middle'), kind: 'stage', results: [result(team, 'passed'), result(other, 'failed')], decidedBy: ['han'] };
    const outcome = { type: 'outcome-heard', roundId: 'middle', kind: 'stage', seat: null, notice: place };
    expect(heard('review.stage-decided.v1', decided)).toEqual([
      tells(team, { ...outcome, outcome: 'passed' }),
      tells(other, { ...outcome, outcome: 'failed' }),
      ['grantsNotice', noticeIdOf(callId, 'middle'), { type: 'receive-notice', ...round('middle'), teams: [team, other], notice: place }],
    ]);
  });

  test('of a closed window is held against the notice', () =>
    expect(heard('review.objection-window-closed.v1', { ...round('middle'), how: 'lapsed' })).toEqual([
      ['grantsNotice', noticeIdOf(callId, 'middle'), { type: 'receive-closing', ...round('middle'), closing: place }],
    ]));

  test('of an added seat is told to its team, with whom it replaces', () => {
    const added = { ...round('interview'), team: seatOf(team), authority: 'Notice 12', replaces: other, decidedBy: ['han'] };
    expect(heard('review.seat-added.v1', added)).toEqual([
      tells(team, { type: 'added-seat-heard', seat: { ...seat, rulebookDigest: null, replaces: other }, decision: place }),
    ]);
  });

  test('of an agreement is told to its team', () => {
    const about = { ...told, agreementId: uuidFrom('agreement'), team };
    const signed = { ...about, contributionByPhase: [{ phase: 'one', amount: '1000' }], contributionTotal: '1000' };
    expect(heard('funding.agreement-signed.v1', signed, agreement)).toEqual([tells(team, { type: 'signature-heard', agreement })]);
    const ended = { ...about, reason: 'given up', early: true };
    const ending = { type: 'ending-heard', early: true, reason: 'given up', agreement } as const;
    expect(heard('funding.agreement-ended.v1', { ...ended, because: place }, agreement)).toEqual([tells(team, { ...ending, because: place })]);
    for (const saysNothing of [{}, { because: null }]) expect(heard('funding.agreement-ended.v1', { ...ended, ...saysNothing }, agreement)).toEqual([tells(team, { ...ending, because: null })]);
  });
});

describe('what follows from own events', () => {
  const followed = <State, Command extends { readonly type: string }, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event, string>,
    event: Event,
  ) => {
    const stored = {
      event,
      id: uuidFrom('event'),
      stream: streamOf(aggregate.category, uuidFrom('one')),
      revision: 7,
      position: 70n,
      metadata: { ...metadata, schemaVersion: '1', dataDigest: digest, effectiveAt: at },
    };
    return gpuGrantsFollows
      .filter(({ category, type }) => category === aggregate.category && type === event.type)
      .flatMap((row) => row.react(stored))
      .map(({ aggregate: { category }, id, command }) => [category, id, command]);
  };
  const tells = (said: JsonObject, whom = team) => ['grantProcess', whom, { type: 'hear', heard: { programmeId, team: whom, at, ...said } }];
  const pooled = (command: JsonObject) => ['pool', poolIdOf(programmeId), { ...told, ...command }];
  const steps = (step: string) => [tells({ type: 'gpus-heard', grantId, phase: 'one', evaluatedBy: 'middle', step })];
  const ask = { key: 'seat', team, gpusMax: 48, wanted: { which: 'first' }, rulebookDigest: digest, authority } as const;

  const ofNotices = (event: Parameters<typeof roundNotice.evolve>[1]) => followed(roundNotice, event);
  const ofProcesses = (event: GrantProcessEvent) => followed(grantProcess, event);
  const ofPools = (event: PoolEvent) => followed(pool, event);
  const ofGrants = (event: GrantEvent) => followed(grant, event);

  test('a notice that no longer names a team tells it so; one that stands tells all whom it concerned', () => {
    const round = { ...told, callId, roundId: 'interview', notice: place };
    expect(ofNotices({ type: 'notice-received', ...round, teams: [team], dropped: [other] })).toEqual([
      tells({ type: 'outcome-heard', roundId: 'interview', kind: 'selection', outcome: 'dropped', seat: null, notice: place }, other),
    ]);
    const closing = { ...place, revision: 9 };
    expect(ofNotices({ type: 'notice-final', ...round, teams: [team, other], closing })).toEqual(
      [team, other].map((each) => tells({ type: 'closing-heard', roundId: 'interview', notice: place, closing }, each)),
    );
  });

  test('a process asks the pool, permits delivery, gives up', () => {
    expect(ofProcesses({ type: 'gpus-asked', ...told, team, ask })).toEqual([pooled({ type: 'ask-for-gpus', ask })]);
    expect(ofProcesses({ type: 'delivery-permitted', ...told, team, grantId, agreement })).toEqual([pooled({ type: 'allow-delivery', grantId, agreement })]);
    expect(ofProcesses({ type: 'seat-forfeited', ...told, team, reason: 'failed', because: place })).toEqual([
      pooled({ type: 'reclaim-from-team', team, reason: 'failed' }),
    ]);
  });

  test('the pool’s decisions reach grant and process', () => {
    const { evaluatedBy, ...ofTeam } = term;
    const decided = { ...ofTeam, evaluatedBy, ...terms, regrantedFrom: null };
    expect(ofPools({ type: 'ask-waitlisted', ...told, ask, obstacle: { why: 'rulebook-missing' } })).toEqual([
      tells({ type: 'obstacle-heard', why: 'rulebook-missing' }),
    ]);
    expect(ofPools({ type: 'gpus-reserved', ...decided, key: 'seat' })).toEqual([['grant', grantId, { ...decided, type: 'reserve' }], ...steps('reserved')]);
    const about = { ...told, grantId, team };
    const moves: readonly (readonly [PoolEvent, JsonObject])[] = [
      [
        { type: 'delivery-allowed', ...about, agreement },
        { type: 'permit', agreement, at },
      ],
      [
        { type: 'gpus-handed-over', ...about, gpus: 64, note: 'rack 1', by: 'operator-1' },
        { type: 'deliver', note: 'rack 1', at },
      ],
      [
        { type: 'gpus-taken-back', ...about, gpus: 64, how: 'reclaimed', handedOverAt: at, reason: 'failed', by: null },
        { type: 'take-back', how: 'reclaimed', reason: 'failed', at },
      ],
      [
        { type: 'reservation-cancelled', ...about, gpus: 64, reason: 'given up' },
        { type: 'release', reason: 'given up', at },
      ],
    ];
    for (const [event, command] of moves) expect(ofPools(event)).toEqual([['grant', grantId, command]]);
  });

  test('a grant tells its process each step that it took', () => {
    expect(ofGrants(reserved)).toEqual([]);
    expect(ofGrants({ type: 'grant-delivered', ...term, note: 'rack 1' })).toEqual(steps('delivered'));
    expect(ofGrants({ type: 'grant-returned', ...term, gpuHours: '1', note: 'wiped' })).toEqual(steps('returned'));
    expect(ofGrants({ type: 'grant-reclaimed', ...term, gpuHours: '1', reason: 'failed' })).toEqual(steps('reclaimed'));
    expect(ofGrants({ type: 'grant-released', ...term, reason: 'given up' })).toEqual(steps('released'));
  });
});
