import type { ServiceDefinition } from '@program-ledger/host';
import { viewsMigration } from '@program-ledger/read-models';
import { assessment } from './domain/assessment/assessment.decider.js';
import { decision } from './domain/decision/decision.decider.js';
import { docket } from './domain/docket/docket.decider.js';
import { objection } from './domain/objection/objection.decider.js';
import { panel } from './domain/panel/panel.decider.js';
import { reviewer } from './domain/reviewer/reviewer.decider.js';
import { ruleText } from './domain/rule-text/rule-text.decider.js';
import { AssessmentsController } from './http/assessments.controller.js';
import { DecisionsController } from './http/decisions.controller.js';
import { DocketsController } from './http/dockets.controller.js';
import { ObjectionsController } from './http/objections.controller.js';
import { PanelsController } from './http/panels.controller.js';
import { rejections } from './http/rejections.js';
import { CandidatesForPanelsController, Rehearsing, ReviewersController } from './http/reviewers.controller.js';
import { ScoresController, SealedScoresController } from './http/scores.controller.js';
import { reviewSettings, Sealing } from './http/sealing.js';
import { directory } from './messaging/directory.js';
import { follows } from './messaging/follows.js';
import { published } from './messaging/publishes.js';
import { reactions } from './messaging/reacts.js';
import { windowsLapse } from './messaging/timers.js';
import { assessments } from './projections/assessments.projection.js';
import { decisions, windows } from './projections/decisions.projection.js';
import { dockets } from './projections/dockets.projection.js';
import { objections } from './projections/objections.projection.js';
import { openings, panels } from './projections/panels.projection.js';
import { reviewers } from './projections/reviewers.projection.js';
import { rounds } from './projections/rounds.projection.js';

export const views = [reviewers, dockets, rounds, panels, openings, assessments, decisions, windows, objections];

/** Who judges, with which conflicts; scores, ranking, gates, selection, objections, stage and final evaluations. */
export const review: ServiceDefinition = {
  name: 'review',
  title: 'Review',
  directory,
  aggregates: [reviewer, ruleText, docket, panel, assessment, decision, objection],
  views,
  publishes: published,
  reactions,
  follows,
  timers: [windowsLapse],
  controllers: [
    ReviewersController,
    CandidatesForPanelsController,
    DocketsController,
    PanelsController,
    AssessmentsController,
    SealedScoresController,
    ScoresController,
    DecisionsController,
    ObjectionsController,
  ],
  migrations: [viewsMigration('ReviewViews', 10, [...views, directory.clocks])],
  rejections,
  settings: reviewSettings,
  providers: ({ mode, settings }) => [
    { provide: Sealing, useFactory: () => new Sealing(settings(reviewSettings).REVIEW_SEALING_SECRET) },
    { provide: Rehearsing, useValue: { rehearsal: mode === 'rehearsal' } satisfies Rehearsing },
  ],
};
