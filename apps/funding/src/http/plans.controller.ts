import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  claimInstalment,
  payInstalment,
  planAnswer,
  recordOwnShare,
  recordRecovery,
  reportExpenses,
  settlePlan,
  type ClaimInstalment,
  type PayInstalment,
  type RecordOwnShare,
  type RecordRecovery,
  type ReportExpenses,
  type SettlePlan,
} from '@program-ledger/contracts/funding';
import { id, slug } from '@program-ledger/contracts/vocabulary';
import { Commands } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, Authenticated, commandAnswer, ProgrammeRoles, viewAnswer } from '@program-ledger/host';
import { ProgrammeClocks } from '@program-ledger/programme-directory';
import { Views, type AsOf } from '@program-ledger/read-models';
import { instalmentPlan, type InstalmentPlanCommand } from '../domain/instalment-plan/instalment-plan.decider.js';
import { plans } from '../projections/plans.projection.js';
import { inProgramme, mustReadAgreement, shownPlan } from './answering.js';
import { digestExample, organisationId, planExample } from './examples.js';
import { rejections } from './rejections.js';
import { planFollowed, rulebookOf } from './signed-plan.js';

/** The money of one agreement: instalments, own share, expenses, settlement, recovery. Its stream is the plan's, under the agreement's id. */
@Controller('funding/programmes/:programmeId/agreements/:agreementId')
export class PlansController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  @Get('plan')
  @Authenticated('it is answered to the people who act for its members, and to those who may read all')
  @ApiDoc({ summary: 'Instalments and what came of them', answer: planAnswer, example: { answer: planExample } })
  async one(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    await mustReadAgreement(this.views, asking, { programmeId, agreementId });
    return viewAnswer(inProgramme(programmeId, await this.views.one(plans, agreementId, asOf)), shownPlan);
  }

  // eslint-disable-next-line max-params -- one parameter for each part of the request
  @Post('instalments/:instalmentId/claim')
  @HttpCode(200)
  @Authenticated('the decider takes it from the people who act for the lead only')
  @ApiDoc({ summary: 'Claim an instalment that is due; held while own share in cash is missing', example: { body: {} } })
  async claim(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @Param('instalmentId', { schema: slug }) instalmentId: string,
    @Body({ schema: claimInstalment }) _: ClaimInstalment,
    @Asking() asking: Asking,
  ) {
    return this.handle(agreementId, { type: 'claim-instalment', ...(await this.asked(programmeId, asking)), instalmentId }, asking);
  }

  // eslint-disable-next-line max-params -- one parameter for each part of the request
  @Post('instalments/:instalmentId/payment')
  @HttpCode(200)
  @ProgrammeRoles('finance-officer')
  @ApiDoc({ summary: 'Pay a claimed instalment', example: { body: { payment: 'Order 2030-7' } } })
  async pay(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @Param('instalmentId', { schema: slug }) instalmentId: string,
    @Body({ schema: payInstalment }) body: PayInstalment,
    @Asking() asking: Asking,
  ) {
    return this.handle(agreementId, { type: 'pay-instalment', ...(await this.asked(programmeId, asking)), instalmentId, ...body }, asking);
  }

  @Post('own-share')
  @HttpCode(200)
  @ProgrammeRoles('finance-officer')
  @ApiDoc({
    summary: 'Record what a member brought in, in cash or in kind',
    example: { body: { organisationId, form: 'cash', amount: '960000', evidence: 'Transfer 12' } },
  })
  async ownShare(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @Body({ schema: recordOwnShare }) body: RecordOwnShare,
    @Asking() asking: Asking,
  ) {
    return this.handle(agreementId, { type: 'record-own-share', ...(await this.asked(programmeId, asking)), ...body }, asking);
  }

  @Post('expenses')
  @HttpCode(200)
  @Authenticated('the decider takes it from the people who act for the lead only')
  @ApiDoc({
    summary: 'Report all that was spent of the contribution so far',
    example: { body: { spentTotal: '180000000', note: 'Pay and data, as in the accounts.', evidence: digestExample } },
  })
  async expenses(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @Body({ schema: reportExpenses }) body: ReportExpenses,
    @Asking() asking: Asking,
  ) {
    return this.handle(agreementId, { type: 'report-expenses', ...(await this.asked(programmeId, asking)), ...body }, asking);
  }

  @Post('settlement')
  @HttpCode(200)
  @ProgrammeRoles('finance-officer')
  @ApiDoc({ summary: 'Settle what was paid against what was spent, by the rulebook of the agreement', example: { body: { misused: '0' } } })
  async settle(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @Body({ schema: settlePlan }) body: SettlePlan,
    @Asking() asking: Asking,
  ) {
    const rulebook = await rulebookOf(this.commands, { programmeId, agreementId });
    return this.handle(agreementId, { type: 'settle-plan', ...(await this.asked(programmeId, asking)), rulebook, ...body }, asking, rulebook.digest);
  }

  @Post('recovery')
  @HttpCode(200)
  @ProgrammeRoles('finance-officer')
  @ApiDoc({ summary: 'Record what came back of the recovery that the settlement decided', example: { body: { amount: '12000000', evidence: 'Transfer 31' } } })
  async recovery(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @Body({ schema: recordRecovery }) body: RecordRecovery,
    @Asking() asking: Asking,
  ) {
    return this.handle(agreementId, { type: 'record-recovery', ...(await this.asked(programmeId, asking)), ...body }, asking);
  }

  private async asked(programmeId: string, { subject }: Asking) {
    return { programmeId, by: subject, at: await this.clocks.now(programmeId) };
  }

  private async handle(agreementId: string, command: InstalmentPlanCommand, asking: Asking, rulebookDigest?: string) {
    await planFollowed(this.commands, this.views, agreementId);
    const context = asking.context(rulebookDigest === undefined ? {} : { rulebookDigest });
    return commandAnswer(await this.commands.handle(instalmentPlan, agreementId, command, context), rejections);
  }
}
