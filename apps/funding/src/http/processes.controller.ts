import { Controller, Get, Param } from '@nestjs/common';
import { agreementProcessAnswer, agreementProcessesAnswer } from '@program-ledger/contracts/funding';
import { id } from '@program-ledger/contracts/vocabulary';
import { ApiDoc, AsOfQuery, Asking, Authenticated, PageQuery, pageAnswer, ProgrammeRoles, viewAnswer, type PageAsked } from '@program-ledger/host';
import { Views, type AsOf } from '@program-ledger/read-models';
import { processes } from '../projections/processes.projection.js';
import { inProgramme, mustReadTeam, officials, shownProcess } from './answering.js';
import { processExample } from './examples.js';

/** Each team's way through the money: what it has heard, and whom it waits for. */
@Controller('funding/programmes/:programmeId/processes')
export class ProcessesController {
  constructor(private readonly views: Views) {}

  @Get()
  @ProgrammeRoles(...officials)
  @ApiDoc({ summary: 'The processes of all teams', answer: agreementProcessesAnswer, example: { answer: { items: [processExample], next: null } } })
  async list(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(processes, { programmeId }, page, asOf), shownProcess);
  }

  @Get('waiting')
  @ProgrammeRoles(...officials)
  @ApiDoc({
    summary: 'The teams whose process waits: for whom, to do what, since when',
    answer: agreementProcessesAnswer,
    example: { answer: { items: [processExample], next: null } },
  })
  async waiting(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(processes, { programmeId, waiting: true }, page, asOf), shownProcess);
  }

  @Get(':team')
  @Authenticated('it is answered to the people who act for the team, and to those who may read all')
  @ApiDoc({ summary: 'The process of one team', answer: agreementProcessAnswer, example: { answer: processExample } })
  async one(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('team', { schema: id }) team: string,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    await mustReadTeam(this.views, asking, { programmeId, team });
    return viewAnswer(inProgramme(programmeId, await this.views.one(processes, team, asOf)), shownProcess);
  }
}
