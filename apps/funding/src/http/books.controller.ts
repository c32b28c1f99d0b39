import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { journalAnswer, journalEntriesAnswer, journalsAnswer, plansAnswer, stateClasses, type StateClasses } from '@program-ledger/contracts/funding';
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
import { agreementTerms } from '../domain/agreement-terms/agreement-terms.decider.js';
import { journalEntries, journals } from '../projections/journals.projection.js';
import { plans } from '../projections/plans.projection.js';
import { inProgramme, mustReadAgreement, officials, shownEntry, shownJournal, shownPlan } from './answering.js';
import { entryExample, journalExample, organisationId, planExample } from './examples.js';
import { rejections } from './rejections.js';

/** The books of a programme: every plan, every journal, and what the reckoning of shares still lacked. */
@Controller('funding/programmes/:programmeId')
export class BooksController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  @Get('plans')
  @ProgrammeRoles(...officials)
  @ApiDoc({ summary: 'The instalment plans of all agreements', answer: plansAnswer, example: { answer: { items: [planExample], next: null } } })
  async plans(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(plans, { programmeId }, page, asOf), shownPlan);
  }

  @Get('journals')
  @ProgrammeRoles(...officials)
  @ApiDoc({
    summary: 'Balances of all journals, and their sums: zero in each commodity',
    answer: journalsAnswer,
    example: { answer: { items: [journalExample], next: null } },
  })
  async journals(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(journals, { programmeId }, page, asOf), shownJournal);
  }

  @Get('agreements/:agreementId/journal')
  @Authenticated('it is answered to the people who act for its members, and to those who may read all')
  @ApiDoc({ summary: 'Balances of one journal', answer: journalAnswer, example: { answer: journalExample } })
  async journal(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    await mustReadAgreement(this.views, asking, { programmeId, agreementId });
    return viewAnswer(inProgramme(programmeId, await this.views.one(journals, agreementId, asOf)), shownJournal);
  }

  // eslint-disable-next-line max-params -- one parameter for each part of the request
  @Get('agreements/:agreementId/journal/entries')
  @Authenticated('it is answered to the people who act for its members, and to those who may read all')
  @ApiDoc({
    summary: 'Every entry of one journal, in order, with its explanation',
    answer: journalEntriesAnswer,
    example: { answer: { items: [entryExample], next: null } },
  })
  async entries(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('agreementId', { schema: id }) agreementId: string,
    @PageQuery() page: PageAsked,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    await mustReadAgreement(this.views, asking, { programmeId, agreementId });
    return pageAnswer(await this.views.list(journalEntries, { programmeId, agreementId }, page, asOf), shownEntry);
  }

  @Post('member-classes')
  @HttpCode(200)
  @ProgrammeRoles('finance-officer')
  @ApiDoc({
    summary: 'State kind and size class of members where screening was silent, or was wrong',
    description: 'Terms that were drawn stay as they are; terms that wait for it are drawn.',
    example: { body: { classes: [{ organisationId, kind: 'company', size: 'small' }], source: 'Register of 2 January 2030' } },
  })
  async stateClasses(@Param('programmeId', { schema: id }) programmeId: string, @Body({ schema: stateClasses }) body: StateClasses, @Asking() asking: Asking) {
    const command = { type: 'receive-classes', programmeId, ...body, by: asking.subject, at: await this.clocks.now(programmeId) } as const;
    return commandAnswer(await this.commands.handle(agreementTerms, programmeId, command, asking.context()), rejections);
  }
}
