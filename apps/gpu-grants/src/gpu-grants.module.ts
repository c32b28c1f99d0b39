import type { ServiceDefinition } from '@program-ledger/host';
import { viewsMigration } from '@program-ledger/read-models';
import { grantProcess } from './domain/grant-process/grant-process.decider.js';
import { grant } from './domain/grant/grant.decider.js';
import { pool } from './domain/pool/pool.decider.js';
import { roundNotice } from './domain/round-notice/round-notice.decider.js';
import { GrantsController } from './http/grants.controller.js';
import { PoolsController } from './http/pools.controller.js';
import { ProcessesController } from './http/processes.controller.js';
import { rejections } from './http/rejections.js';
import { directory } from './messaging/directory.js';
import { gpuGrantsFollows } from './messaging/follows.js';
import { gpuGrantsPublishing } from './messaging/publishes.js';
import { gpuGrantsReactions } from './messaging/reacts.js';
import { grants } from './projections/grants.projection.js';
import { pools } from './projections/pools.projection.js';
import { processes } from './projections/processes.projection.js';

const views = [pools, grants, processes];

/** Who has which GPUs, from when to when, on whose authority; never more out than there are. */
export const gpuGrants: ServiceDefinition = {
  name: 'gpu-grants',
  title: 'GPU grants',
  directory,
  aggregates: [pool, grant, grantProcess, roundNotice],
  views,
  publishes: gpuGrantsPublishing,
  reactions: gpuGrantsReactions,
  follows: gpuGrantsFollows,
  timers: [],
  controllers: [PoolsController, GrantsController, ProcessesController],
  migrations: [viewsMigration('GpuGrantsViews', 10, [...views, directory.clocks])],
  rejections,
};
