import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  correctReviewer,
  registerReviewer,
  reviewerAnswer,
  reviewersAnswer,
  withReason,
  type CorrectReviewer,
  type RegisterReviewer,
  type WithReason,
} from '@program-ledger/contracts/review';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands } from '@program-ledger/event-sourcing';
import {
  ApiDoc,
  AsOfQuery,
  Asking,
  commandAnswer,
  PageQuery,
  pageAnswer,
  PlatformRoles,
  ProgrammeRoles,
  viewAnswer,
  type PageAsked,
} from '@program-ledger/host';
import { Views, type AsOf } from '@program-ledger/read-models';
import { reviewerIdOf } from '../domain/identities.js';
import { reviewer, type ReviewerCommand } from '../domain/reviewer/reviewer.decider.js';
import { reviewers } from '../projections/reviewers.projection.js';
import { shown } from './answering.js';
import { rejections } from './rejections.js';

/** Whether this instance takes invented people. */
export abstract class Rehearsing {
  abstract readonly rehearsal: boolean;
}

const profile = { pool: 'public-pool', affiliation: 'Seoul National University', organisationId: null, expertise: ['biology'] };

/** People of every programme: their times are the machine's. */
@Controller('review/reviewers')
@PlatformRoles('administrator')
export class ReviewersController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly instance: Rehearsing,
  ) {}

  @Post()
  @ApiDoc({
    summary: 'Register a reviewer with the pool they are drawn from',
    example: { body: { subject: 'reviewer-01', ...profile, provenance: 'invented' } },
  })
  async register(@Body({ schema: registerReviewer }) body: RegisterReviewer, @Asking() asking: Asking) {
    const command: ReviewerCommand = { type: 'register-reviewer', ...body, rehearsal: this.instance.rehearsal, at: asking.receivedAt };
    return this.does(reviewerIdOf(body.subject), command, asking);
  }

  @Post(':reviewerId/correction')
  @HttpCode(200)
  @ApiDoc({ summary: 'Correct what is recorded of a reviewer', example: { body: { ...profile, pool: 'academy', reason: 'Recommended by the academy.' } } })
  async correct(@Param('reviewerId', { schema: id }) reviewerId: string, @Body({ schema: correctReviewer }) body: CorrectReviewer, @Asking() asking: Asking) {
    return this.does(reviewerId, { type: 'correct-reviewer', ...body, at: asking.receivedAt }, asking);
  }

  @Post(':reviewerId/retirement')
  @HttpCode(200)
  @ApiDoc({ summary: 'Let a reviewer retire: no panel will have them any more', example: { body: { reason: 'On their own wish.' } } })
  async retire(@Param('reviewerId', { schema: id }) reviewerId: string, @Body({ schema: withReason }) { reason }: WithReason, @Asking() asking: Asking) {
    return this.does(reviewerId, { type: 'retire-reviewer', reason, at: asking.receivedAt }, asking);
  }

  @Get()
  @ApiDoc({ summary: 'All reviewers', answer: reviewersAnswer })
  async list(@PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(reviewers, {}, page, asOf), shown);
  }

  @Get(':reviewerId')
  @ApiDoc({ summary: 'One reviewer', answer: reviewerAnswer })
  async one(@Param('reviewerId', { schema: id }) reviewerId: string, @AsOfQuery() asOf: AsOf) {
    return viewAnswer(await this.views.one(reviewers, reviewerId, asOf), shown);
  }

  private async does(reviewerId: string, command: ReviewerCommand, asking: Asking) {
    return commandAnswer(await this.commands.handle(reviewer, reviewerId, command, asking.context()), rejections);
  }
}

/** The same people, for those who compose panels. */
@Controller('review/programmes/:programmeId/reviewers')
@ProgrammeRoles('programme-administrator', 'conflict-officer')
export class CandidatesForPanelsController {
  constructor(private readonly views: Views) {}

  @Get()
  @ApiDoc({ summary: 'Reviewers who may be asked', answer: reviewersAnswer })
  async list(@Param('programmeId', { schema: id }) _: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(reviewers, { status: 'active' }, page, asOf), shown);
  }
}
