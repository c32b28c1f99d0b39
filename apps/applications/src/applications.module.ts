import type { ServiceDefinition } from '@program-ledger/host';
import { viewsMigration } from '@program-ledger/read-models';
import { join } from 'node:path';
import { application } from './domain/application/application.decider.js';
import { call } from './domain/call/call.decider.js';
import { organisation } from './domain/organisation/organisation.decider.js';
import { programme } from './domain/programme/programme.decider.js';
import { programmeProcess } from './domain/programme-process/programme-process.decider.js';
import { rulebook } from './domain/rulebook/rulebook.decider.js';
import { ApplicationsController } from './http/applications.controller.js';
import { ArtefactStore, DirectoryArtefacts } from './http/artefact-store.js';
import { AttachmentsController } from './http/attachments.controller.js';
import { CallsController } from './http/calls.controller.js';
import { applicationsSettings, ClockFollowing } from './http/clock-following.js';
import { ConsortiumController } from './http/consortium.controller.js';
import { OrganisationsController } from './http/organisations.controller.js';
import { ProgrammeTime } from './http/programme-time.js';
import { ProgrammesController } from './http/programmes.controller.js';
import { problems, rejections } from './http/rejections.js';
import { RulebooksController } from './http/rulebooks.controller.js';
import { ScreeningController } from './http/screening.controller.js';
import { directory } from './messaging/directory.js';
import { follows } from './messaging/follows.js';
import { published } from './messaging/publishes.js';
import { reactions } from './messaging/reacts.js';
import { callsClose, callsOpen } from './messaging/timers.js';
import { applications as applicationsView, eligibilityDecisions, memberships, proposals } from './projections/applications.projection.js';
import { calls } from './projections/calls.projection.js';
import { organisations, representations } from './projections/organisations.projection.js';
import { programmeProcesses, programmes } from './projections/programmes.projection.js';
import { rulebookVersions } from './projections/rulebooks.projection.js';

export const views = [programmes, programmeProcesses, rulebookVersions, organisations, representations, calls, applicationsView, memberships, eligibilityDecisions, proposals];

/** What is called for, under which rulebook; who may apply; what was submitted, when, and whether it is eligible. */
export const applications: ServiceDefinition = {
  name: 'applications',
  title: 'Applications',
  directory,
  aggregates: [programme, programmeProcess, rulebook, organisation, call, application],
  views,
  publishes: published,
  reactions,
  follows,
  timers: [callsOpen, callsClose],
  controllers: [
    ProgrammesController,
    RulebooksController,
    OrganisationsController,
    CallsController,
    ScreeningController,
    ApplicationsController,
    ConsortiumController,
    AttachmentsController,
  ],
  migrations: [viewsMigration('ApplicationsViews', 10, views)],
  rejections: { ...rejections, ...problems },
  keepsFiles: true,
  settings: applicationsSettings,
  providers: ({ views: seen, clocks, commands, mode, settings, directory: folder }) => [
    { provide: ProgrammeTime, useFactory: () => new ProgrammeTime(clocks, commands, mode === 'rehearsal') },
    { provide: ClockFollowing, useFactory: () => new ClockFollowing(seen, settings(applicationsSettings)) },
    { provide: ArtefactStore, useFactory: () => new DirectoryArtefacts(join(folder, 'artefacts')) },
  ],
};
