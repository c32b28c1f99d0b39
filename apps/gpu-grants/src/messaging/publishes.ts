import { gpuGrantsEvents, type GpuGrantsEvent } from '@program-ledger/contracts/gpu-grants';
import { publishes, publishing, type Publishes } from '@program-ledger/messaging';
import { grant } from '../domain/grant/grant.decider.js';
import type { GrantEvent } from '../domain/grant/grant.events.js';
import { directory } from './directory.js';

const grants: Publishes<GrantEvent, GpuGrantsEvent> = {
  'grant-reserved': (event) => ({
    ...publicly('gpu-grants.grant-reserved.v1', event),
    model: event.model,
    rulebookDigest: event.rulebookDigest,
    later: event.later.map((planned) => ({ ...planned })),
    ...(event.regrantedFrom === null ? {} : { regrantedFrom: event.regrantedFrom }),
  }),
  'delivery-permitted': null,
  'grant-delivered': (event) => publicly('gpu-grants.grant-delivered.v1', event),
  'grant-returned': (event) => ({ ...publicly('gpu-grants.grant-returned.v1', event), gpuHours: event.gpuHours }),
  'grant-reclaimed': (event) => ({ ...publicly('gpu-grants.grant-reclaimed.v1', event), gpuHours: event.gpuHours, reason: event.reason }),
  'grant-released': (event) => ({ ...publicly('gpu-grants.grant-released.v1', event), reason: event.reason }),
};

/** What every public event of a grant says. */
const publicly = <const T extends GpuGrantsEvent['type']>(type: T, { programmeId, grantId, team, phase, gpus, from, to, at }: GrantEvent) => ({
  type,
  programmeId,
  grantId,
  team,
  phase,
  gpus,
  from,
  to,
  at,
});

/** What leaves: the grants, and how far the clock was followed. Pool, notices and processes are this service's own. */
export const gpuGrantsPublishing = publishing('gpu-grants', gpuGrantsEvents, [publishes(grant, grants), directory.published]);
