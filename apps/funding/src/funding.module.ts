import type { ServiceDefinition } from '@program-ledger/host';
import { viewsMigration } from '@program-ledger/read-models';
import { agreementProcess } from './domain/agreement-process/agreement-process.decider.js';
import { agreementTerms } from './domain/agreement-terms/agreement-terms.decider.js';
import { agreement } from './domain/agreement/agreement.decider.js';
import { instalmentPlan } from './domain/instalment-plan/instalment-plan.decider.js';
import { journal } from './domain/journal/journal.decider.js';
import { roundNotice } from './domain/round-notice/round-notice.decider.js';
import { AgreementsController } from './http/agreements.controller.js';
import { BooksController } from './http/books.controller.js';
import { PlansController } from './http/plans.controller.js';
import { ProcessesController } from './http/processes.controller.js';
import { rejections } from './http/rejections.js';
import { directory } from './messaging/directory.js';
import { fundingFollows } from './messaging/follows.js';
import { fundingPublishing } from './messaging/publishes.js';
import { fundingReactions } from './messaging/reacts.js';
import { instalmentsFallDue, offersLapse } from './messaging/timers.js';
import { agreements } from './projections/agreements.projection.js';
import { journalEntries, journals } from './projections/journals.projection.js';
import { plans } from './projections/plans.projection.js';
import { processes } from './projections/processes.projection.js';

export const views = [agreements, plans, journals, journalEntries, processes];

/** What was agreed with whom, who brings what, what was paid, spent and goes back; every movement in double entry. */
export const funding: ServiceDefinition = {
  name: 'funding',
  title: 'Funding',
  directory,
  aggregates: [agreementTerms, agreement, instalmentPlan, journal, agreementProcess, roundNotice],
  views,
  publishes: fundingPublishing,
  reactions: fundingReactions,
  follows: fundingFollows,
  timers: [offersLapse, instalmentsFallDue],
  controllers: [AgreementsController, PlansController, BooksController, ProcessesController],
  migrations: [viewsMigration('FundingViews', 10, [...views, directory.clocks])],
  rejections,
};
