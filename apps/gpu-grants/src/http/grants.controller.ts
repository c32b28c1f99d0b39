import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  confirmDelivery,
  confirmReturn,
  grantAnswer,
  grantsAnswer,
  grantStatus,
  type ConfirmDelivery,
  type ConfirmReturn,
  type GrantStatus,
} from '@program-ledger/contracts/gpu-grants';
import { id, slug } from '@program-ledger/contracts/vocabulary';
import { Commands } from '@program-ledger/event-sourcing';
import {
  ApiDoc,
  AsOfQuery,
  Asking,
  Authenticated,
  commandAnswer,
  PageQuery,
  pageAnswer,
  Problem,
  ProgrammeRoles,
  viewAnswer,
  type PageAsked,
} from '@program-ledger/host';
import { ProgrammeClocks } from '@program-ledger/programme-directory';
import { Views, type AsOf } from '@program-ledger/read-models';
import { poolIdOf } from '../domain/identities.js';
import { pool } from '../domain/pool/pool.decider.js';
import { grants } from '../projections/grants.projection.js';
import { inProgramme, mayReadTeam, mustReadTeam, officials, shownGrant, under } from './answering.js';
import { grantExample } from './examples.js';
import { rejections } from './rejections.js';

const ofThePool = 'Decided by the pool: `revision`, `ETag` and `If-Match` are of its stream. The grant follows at once, in a stream of its own.';

/** What teams have got. */
@Controller('gpu-grants/programmes/:programmeId')
export class GrantsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  // eslint-disable-next-line max-params -- one parameter for each thing that the query may say
  @Get('grants')
  @ProgrammeRoles(...officials)
  @ApiDoc({
    summary: 'The grants of a programme, of one team, phase or status if asked',
    answer: grantsAnswer,
    example: { answer: { items: [grantExample], next: null } },
  })
  async list(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Query('team', { schema: id.optional() }) team: string | undefined,
    @Query('phase', { schema: slug.optional() }) phase: string | undefined,
    @Query('status', { schema: grantStatus.optional() }) status: GrantStatus | undefined,
    @PageQuery() page: PageAsked,
    @AsOfQuery() asOf: AsOf,
  ) {
    const filter = { programmeId, ...(team !== undefined && { team }), ...(phase !== undefined && { phase }), ...(status !== undefined && { status }) };
    return pageAnswer(await this.views.list(grants, filter, page, asOf), shownGrant);
  }

  @Get('teams/:team/grants')
  @Authenticated('it is answered to the people who act for the team, and to those who may read all')
  @ApiDoc({ summary: 'The grants of one team, one a phase', answer: grantsAnswer, example: { answer: { items: [grantExample], next: null } } })
  async ofTeam(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('team', { schema: id }) team: string,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    await mustReadTeam(this.views, asking, { programmeId, team });
    return pageAnswer(await this.views.list(grants, { programmeId, team }, { limit: phasesShownMax }, asOf), shownGrant);
  }

  @Get('grants/:grantId')
  @Authenticated('it is answered to the people who act for its team, and to those who may read all')
  @ApiDoc({ summary: 'One grant', answer: grantAnswer, example: { answer: grantExample } })
  async one(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('grantId', { schema: id }) grantId: string,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    const seen = inProgramme(programmeId, await this.views.one(grants, grantId, asOf));
    if (seen !== undefined && !(await mayReadTeam(this.views, asking, seen.row))) throw new Problem({ status: 404, code: 'not-found' });
    return viewAnswer(seen, shownGrant);
  }

  @Post('grants/:grantId/delivery')
  @HttpCode(200)
  @ProgrammeRoles('gpu-operator')
  @ApiDoc({
    summary: 'Confirm that the GPUs of a grant were handed over',
    description: ofThePool,
    example: { body: { note: 'Racks 1 to 4, accepted by the team.' } },
  })
  async deliver(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('grantId', { schema: id }) grantId: string,
    @Body({ schema: confirmDelivery }) { note }: ConfirmDelivery,
    @Asking() asking: Asking,
  ) {
    return this.confirm('confirm-delivery', { programmeId, grantId, note }, asking);
  }

  @Post('grants/:grantId/return')
  @HttpCode(200)
  @ProgrammeRoles('gpu-operator')
  @ApiDoc({ summary: 'Confirm that the GPUs of a grant are back', description: ofThePool, example: { body: { note: 'All 32 servers, wiped.' } } })
  async takeBack(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('grantId', { schema: id }) grantId: string,
    @Body({ schema: confirmReturn }) { note }: ConfirmReturn,
    @Asking() asking: Asking,
  ) {
    return this.confirm('confirm-return', { programmeId, grantId, note }, asking);
  }

  private async confirm(
    type: 'confirm-delivery' | 'confirm-return',
    said: { readonly programmeId: string; readonly grantId: string; readonly note: string },
    asking: Asking,
  ) {
    const at = await this.clocks.now(said.programmeId);
    const handled = await this.commands.handle(pool, poolIdOf(said.programmeId), { type, ...said, by: asking.subject, at }, asking.context());
    return under(said.grantId, commandAnswer(handled, rejections));
  }
}

/** A team has one grant a phase, and a rulebook fewer phases than this. */
const phasesShownMax = 50;
