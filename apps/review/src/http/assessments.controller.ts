import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  assessmentAnswer,
  assessmentsAnswer,
  declareConflict,
  excludeReviewer,
  roundName,
  withReason,
  type DeclareConflict,
  type ExcludeReviewer,
  type RoundName,
  type WithReason,
} from '@program-ledger/contracts/review';
import { id } from '@program-ledger/contracts/vocabulary';
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
import { Views, type AsOf, type Keyed } from '@program-ledger/read-models';
import { assessment, type AssessmentCommand } from '../domain/assessment/assessment.decider.js';
import { roundKey } from '../domain/identities.js';
import { assessments, type AssessmentRow } from '../projections/assessments.projection.js';
import { inProgramme, shown } from './answering.js';
import { docketOf, problem, rulebookInForce } from './opened-round.js';
import { rejections } from './rejections.js';

const officials: readonly string[] = ['programme-administrator', 'panel-chair', 'conflict-officer'];

/** One reviewer's view of one subject: first of all whether they may judge it. */
@Controller('review/programmes/:programmeId')
export class AssessmentsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  @Post('assessments/:assessmentId/declaration')
  @HttpCode(200)
  @Authenticated('the decider takes it from the reviewer of the assessment only')
  @ApiDoc({
    summary: 'Declare a conflict, or that there is none',
    example: { body: { conflict: 'declared', kind: 'same-department', explanation: 'We share a laboratory.' } },
  })
  async declare(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('assessmentId', { schema: id }) assessmentId: string,
    @Body({ schema: declareConflict }) body: DeclareConflict,
    @Asking() asking: Asking,
  ) {
    const asked = { programmeId, by: asking.subject, at: await this.clocks.now(programmeId) };
    if (body.conflict === 'none') return this.does(assessmentId, { type: 'declare-no-conflict', ...asked }, asking);
    const { conflicts } = await this.rulesOf(programmeId, assessmentId);
    return this.does(assessmentId, { type: 'declare-conflict', ...asked, kind: body.kind, explanation: body.explanation, conflicts }, asking);
  }

  @Post('assessments/:assessmentId/clearance')
  @HttpCode(200)
  @ProgrammeRoles('conflict-officer')
  @ApiDoc({ summary: 'Find that a declared conflict is none', example: { body: { reason: 'Another department of the same name.' } } })
  async clear(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('assessmentId', { schema: id }) assessmentId: string,
    @Body({ schema: withReason }) { reason }: WithReason,
    @Asking() asking: Asking,
  ) {
    const { subject: by, roles } = asking;
    return this.does(assessmentId, { type: 'clear-conflict', programmeId, reason, by, roles: [...roles], at: await this.clocks.now(programmeId) }, asking);
  }

  @Post('assessments/:assessmentId/exclusion')
  @HttpCode(200)
  @ProgrammeRoles('conflict-officer')
  @ApiDoc({
    summary: 'Exclude a reviewer: a declared conflict confirmed, or one that was found',
    example: { body: { kind: 'same-department', reason: 'Confirmed.' } },
  })
  async exclude(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('assessmentId', { schema: id }) assessmentId: string,
    @Body({ schema: excludeReviewer }) { kind, reason }: ExcludeReviewer,
    @Asking() asking: Asking,
  ) {
    const { conflicts } = await this.rulesOf(programmeId, assessmentId);
    const { subject: by, roles } = asking;
    return this.does(
      assessmentId,
      { type: 'exclude-reviewer', programmeId, kind, reason, by, roles: [...roles], conflicts, at: await this.clocks.now(programmeId) },
      asking,
    );
  }

  @Post('assessments/:assessmentId/override')
  @HttpCode(200)
  @Authenticated('the rulebook names the role for each kind of conflict, and the decider asks for it')
  @ApiDoc({ summary: 'Let an excluded reviewer judge all the same, with a reason', example: { body: { reason: 'Nobody else knows the field.' } } })
  async override(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('assessmentId', { schema: id }) assessmentId: string,
    @Body({ schema: withReason }) { reason }: WithReason,
    @Asking() asking: Asking,
  ) {
    const { conflicts, digest: rulebookDigest } = await this.rulesOf(programmeId, assessmentId);
    const { subject: by, roles } = asking;
    return this.does(
      assessmentId,
      { type: 'override-exclusion', programmeId, reason, by, roles: [...roles], conflicts, rulebookDigest, at: await this.clocks.now(programmeId) },
      asking,
    );
  }

  @Get('assessments')
  @ProgrammeRoles('programme-administrator', 'panel-chair', 'conflict-officer')
  @ApiDoc({ summary: 'All assessments of a programme, or of one round; scores appear with the opening', answer: assessmentsAnswer })
  async list(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Query('round', { schema: roundName.optional() }) round: RoundName | undefined,
    @PageQuery() page: PageAsked,
    @AsOfQuery() asOf: AsOf,
  ) {
    const filter = { programmeId, ...(round === undefined ? {} : { panelId: roundKey(round.callId, round.roundId) }) };
    return pageAnswer(await this.views.list(assessments, filter, page, asOf), toAnswer);
  }

  @Get('assessments/mine')
  @Authenticated('it answers the asker’s own assessments only')
  @ApiDoc({ summary: 'What the asker is invited to judge', answer: assessmentsAnswer })
  async mine(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf, @Asking() { subject }: Asking) {
    return pageAnswer(await this.views.list(assessments, { programmeId, reviewer: subject }, page, asOf), toAnswer);
  }

  @Get('assessments/:assessmentId')
  @Authenticated('it is answered to its reviewer, and to those who may read all')
  @ApiDoc({ summary: 'One assessment', answer: assessmentAnswer })
  async one(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('assessmentId', { schema: id }) assessmentId: string,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(assessments, assessmentId, asOf)), (row) => toAnswer(readable(row, asking)));
  }

  @Get('conflicts')
  @ProgrammeRoles('programme-administrator', 'panel-chair', 'conflict-officer', 'committee-member')
  @ApiDoc({ summary: 'Every conflict declared or found, and what became of it', answer: assessmentsAnswer })
  async conflicts(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(assessments, { programmeId, conflicted: true }, page, asOf), toAnswer);
  }

  private async does(assessmentId: string, command: AssessmentCommand, asking: Asking) {
    return commandAnswer(await this.commands.handle(assessment, assessmentId, command, asking.context()), rejections);
  }

  private async rulesOf(programmeId: string, assessmentId: string) {
    const { state } = await this.commands.load(assessment, assessmentId);
    if (state.status === 'absent' || state.where.programmeId !== programmeId) throw problem('unknown-assessment', {});
    const { rulebookDigest } = await docketOf(this.commands, programmeId, state.where.callId);
    return rulebookInForce(this.commands, programmeId, rulebookDigest);
  }
}

/** Its reviewer, officials of the programme, auditors. */
export const readable = <Row extends { readonly reviewer: string }>(row: Row, { subject, roles, platformRoles }: Asking): Row => {
  if (row.reviewer === subject || platformRoles.has('auditor') || officials.some((role) => roles.has(role))) return row;
  throw new Problem({ status: 404, code: 'not-found' });
};

const toAnswer = ({ conflicted: _, sealingKey: _key, ...row }: Keyed<AssessmentRow>) => shown(row);
