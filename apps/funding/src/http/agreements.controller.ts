import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  agreementAnswer,
  agreementsAnswer,
  agreementStatus,
  endAgreement,
  repairPlan,
  signAgreement,
  type AgreementStatus,
  type EndAgreement,
  type RepairPlan,
  type SignAgreement,
} from '@program-ledger/contracts/funding';
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
  ProgrammeRoles,
  viewAnswer,
  type PageAsked,
} from '@program-ledger/host';
import { ProgrammeClocks } from '@program-ledger/programme-directory';
import { Views, type AsOf } from '@program-ledger/read-models';
import { agreement } from '../domain/agreement/agreement.decider.js';
import { agreements } from '../projections/agreements.projection.js';
import { inProgramme, mustReadAgreement, officials, shownAgreement } from './answering.js';
import { agreementExample, digestExample, organisationId } from './examples.js';
import { rejections } from './rejections.js';

/** What was agreed with whom: offered, signed by every member, ended. */
@Controller('funding/programmes/:programmeId/agreements')
export class AgreementsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  // eslint-disable-next-line max-params -- one parameter for each thing that the query may say
  @Get()
  @ProgrammeRoles(...officials)
  @ApiDoc({
    summary: 'The agreements of a programme, of one team or status if asked',
    answer: agreementsAnswer,
    example: { answer: { items: [agreementExample], next: null } },
  })
  async list(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Query('team', { schema: id.optional() }) team: string | undefined,
    @Query('status', { schema: agreementStatus.optional() }) status: AgreementStatus | undefined,
    @PageQuery() page: PageAsked,
    @AsOfQuery() asOf: AsOf,
  ) {
    const filter = { programmeId, ...(team !== undefined && { team }), ...(status !== undefined && { status }) };
    return pageAnswer(await this.views.list(agreements, filter, page, asOf), shownAgreement);
  }

  @Get(':agreementId')
  @Authenticated('it is answered to the people who act for its members, and to those who may read all')
  @ApiDoc({ summary: 'One agreement', answer: agreementAnswer, example: { answer: agreementExample } })
  async one(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    await mustReadAgreement(this.views, asking, { programmeId, agreementId });
    return viewAnswer(inProgramme(programmeId, await this.views.one(agreements, agreementId, asOf)), shownAgreement);
  }

  @Post(':agreementId/plan-repair')
  @HttpCode(200)
  @Authenticated('the decider takes it from the people who act for the lead only')
  @ApiDoc({
    summary: 'Repair the plan after the selection, before anybody signs',
    example: { body: { summary: 'One service fewer, as the committee asked.', planDigest: digestExample } },
  })
  async repair(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @Body({ schema: repairPlan }) body: RepairPlan,
    @Asking() asking: Asking,
  ) {
    const command = { type: 'repair-plan', programmeId, ...body, by: asking.subject, at: await this.clocks.now(programmeId) } as const;
    return commandAnswer(await this.commands.handle(agreement, agreementId, command, asking.context()), rejections);
  }

  @Post(':agreementId/signatures')
  @HttpCode(200)
  @Authenticated('the decider takes it from the people who act for the member only')
  @ApiDoc({ summary: 'Sign for one member; with the last signature the agreement is in force', example: { body: { organisationId } } })
  async sign(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @Body({ schema: signAgreement }) body: SignAgreement,
    @Asking() asking: Asking,
  ) {
    const command = { type: 'sign', programmeId, ...body, by: asking.subject, at: await this.clocks.now(programmeId) } as const;
    return commandAnswer(await this.commands.handle(agreement, agreementId, command, asking.context()), rejections);
  }

  @Post(':agreementId/end')
  @HttpCode(200)
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({
    summary: 'End an agreement before its term: what is not paid lapses, the GPUs go back',
    example: { body: { reason: 'The team gives the project up.' } },
  })
  async end(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @Body({ schema: endAgreement }) { reason }: EndAgreement,
    @Asking() asking: Asking,
  ) {
    const command = { type: 'end', programmeId, early: true, reason, by: asking.subject, because: null, at: await this.clocks.now(programmeId) } as const;
    return commandAnswer(await this.commands.handle(agreement, agreementId, command, asking.context()), rejections);
  }
}
