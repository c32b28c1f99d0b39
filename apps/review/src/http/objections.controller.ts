import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  answerObjection,
  fileObjection,
  objectionAnswer,
  objectionsAnswer,
  resultsAnswer,
  roundName,
  waiveObjection,
  windowAnswer,
  type AnswerObjection,
  type FileObjection,
  type RoundName,
  type WaiveObjection,
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
import { decision } from '../domain/decision/decision.decider.js';
import { roundKey } from '../domain/identities.js';
import { objection } from '../domain/objection/objection.decider.js';
import { decisions, windows, type DecisionRow } from '../projections/decisions.projection.js';
import { objections } from '../projections/objections.projection.js';
import { inProgramme, shown, under } from './answering.js';
import { openedRound } from './opened-round.js';
import { rejections } from './rejections.js';

const application = '6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11';
const officials: readonly string[] = ['programme-administrator', 'committee-member', 'panel-chair'];

/** What parties may do about a decision: learn their result, waive, object, be answered. */
@Controller('review/programmes/:programmeId')
export class ObjectionsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  @Post('rounds/:round/waivers')
  @Authenticated('the decider takes it from the people of the application only')
  @ApiDoc({ summary: 'Waive the objection of an application', example: { body: { applicationId: application } } })
  async waive(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) { callId, roundId }: RoundName,
    @Body({ schema: waiveObjection }) { applicationId }: WaiveObjection,
    @Asking() asking: Asking,
  ) {
    const command = { type: 'waive-objection', programmeId, applicationId, by: asking.subject, at: await this.clocks.now(programmeId) } as const;
    return commandAnswer(await this.commands.handle(decision, roundKey(callId, roundId), command, asking.context()), rejections);
  }

  @Post('rounds/:round/objections')
  @Authenticated('the decider takes it from the people of the application only')
  @ApiDoc({ summary: 'Object to what was announced', example: { body: { applicationId: application, grounds: 'Criterion two was read wrongly.' } } })
  async file(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: fileObjection }) body: FileObjection,
    @Asking() asking: Asking,
  ) {
    const { id: decisionId, rulebook } = await openedRound(this.commands, programmeId, name);
    const command = { type: 'receive-objection', programmeId, ...body, rulebook, by: asking.subject, at: await this.clocks.now(programmeId) } as const;
    const handled = await this.commands.handle(decision, decisionId, command, asking.context({ rulebookDigest: rulebook.digest }));
    const answer = commandAnswer(handled, rejections);
    const received = 'events' in handled ? handled.events.find((event) => event.type === 'objection-received') : undefined;
    return received === undefined ? answer : under(received.objectionId, answer);
  }

  @Post('objections/:objectionId/answer')
  @HttpCode(200)
  @ProgrammeRoles('programme-administrator', 'committee-member')
  @ApiDoc({
    summary: 'Answer an objection; one that is upheld states its effect',
    example: { body: { outcome: 'upheld', reason: 'It was.', effect: { kind: 're-deliberation', text: 'The committee decides again.' } } },
  })
  async answer(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('objectionId', { schema: id }) objectionId: string,
    @Body({ schema: answerObjection }) answer: AnswerObjection,
    @Asking() asking: Asking,
  ) {
    const command = { type: 'answer-objection', programmeId, answer, by: asking.subject, at: await this.clocks.now(programmeId) } as const;
    return commandAnswer(await this.commands.handle(objection, objectionId, command, asking.context()), rejections);
  }

  @Get('rounds/:round/window')
  @ProgrammeRoles('programme-administrator', 'committee-member', 'panel-chair')
  @ApiDoc({ summary: 'The time in which a decision can be objected to, who waived, how it ended', answer: windowAnswer })
  async window(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) { callId, roundId }: RoundName,
    @AsOfQuery() asOf: AsOf,
  ) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(windows, roundKey(callId, roundId), asOf)), shown);
  }

  @Get('rounds/:round/results')
  @Authenticated('of each application it is answered to its people only, and to those who may read all')
  @ApiDoc({ summary: 'What was announced of the asker’s applications: score and gates apart, outcome, deciders', answer: resultsAnswer })
  async results(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) { callId, roundId }: RoundName,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(decisions, roundKey(callId, roundId), asOf)), (row) => announcedTo(row, asking));
  }

  @Get('objections')
  @ProgrammeRoles('programme-administrator', 'committee-member', 'panel-chair')
  @ApiDoc({ summary: 'All objections of a programme', answer: objectionsAnswer })
  async list(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(objections, { programmeId }, page, asOf), shown);
  }

  @Get('objections/:objectionId')
  @Authenticated('it is answered to who filed it, and to those who may read all')
  @ApiDoc({ summary: 'One objection', answer: objectionAnswer })
  async one(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('objectionId', { schema: id }) objectionId: string,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(objections, objectionId, asOf)), (row) => {
      if (row.filedBy !== asking.subject && !mayReadAll(asking)) throw new Problem({ status: 404, code: 'not-found' });
      return shown(row);
    });
  }
}

const mayReadAll = ({ roles, platformRoles }: Asking): boolean => platformRoles.has('auditor') || officials.some((role) => roles.has(role));

const announcedTo = ({ key, revision, programmeId, callId, roundId, parties, notices }: Keyed<DecisionRow>, asking: Asking) => {
  const own = parties.filter(({ representatives }) => mayReadAll(asking) || representatives.includes(asking.subject)).map(({ applicationId }) => applicationId);
  const last = notices.at(-1);
  const results = last?.outcomes.filter(({ applicationId }) => own.includes(applicationId)) ?? [];
  if (last === undefined || results.length === 0) throw new Problem({ status: 404, code: 'not-found' });
  const { notice, at: announcedAt, decidedBy, cites } = last;
  return { id: key, revision, programmeId, callId, roundId, notice, announcedAt, decidedBy, rulebookDigest: cites.rulebookDigest, results };
};
