import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { nothing, roundName, sealedScoresAnswer, sealScores, type Nothing, type RoundName, type SealScores } from '@program-ledger/contracts/review';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands, sha256 } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, Authenticated, commandAnswer, Problem, ProgrammeRoles, viewAnswer } from '@program-ledger/host';
import { ProgrammeClocks } from '@program-ledger/programme-directory';
import { Views, type AsOf, type Keyed } from '@program-ledger/read-models';
import { assessment } from '../domain/assessment/assessment.decider.js';
import { panel } from '../domain/panel/panel.decider.js';
import type { Expected } from '../domain/panel/panel.commands.js';
import type { Opened } from '../domain/panel/panel.events.js';
import { assessments, type AssessmentRow } from '../projections/assessments.projection.js';
import { inProgramme } from './answering.js';
import { readable } from './assessments.controller.js';
import { openedRound, problem } from './opened-round.js';
import { rejections } from './rejections.js';
import { Sealing, unseal } from './sealing.js';

const scores = [{ criterion: 'goals', score: '87' }];

/** Scores come in plain, are judged, and leave nothing behind but their seal, until all are opened together. */
@Controller('review/programmes/:programmeId')
export class ScoresController {
  constructor(
    private readonly commands: Commands,
    private readonly clocks: ProgrammeClocks,
    private readonly sealing: Sealing,
  ) {}

  @Post('assessments/:assessmentId/scores')
  @Authenticated('the decider takes them from the reviewer of the assessment only')
  @ApiDoc({
    summary: 'Score a subject by criterion; the scores are sealed at once',
    example: { body: { noConflict: true, scores, opinion: 'Well founded; the schedule is tight.' } },
  })
  async seal(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('assessmentId', { schema: id }) assessmentId: string,
    @Body({ schema: sealScores }) body: SealScores,
    @Asking() asking: Asking,
  ) {
    const { state } = await this.commands.load(assessment, assessmentId);
    if (state.status === 'absent' || state.where.programmeId !== programmeId) throw problem('unknown-assessment', {});
    const { callId, roundId } = state.where;
    const { rule, rulebook, id: panelId } = await openedRound(this.commands, programmeId, { callId, roundId });
    const at = await this.clocks.now(programmeId);
    const context = asking.context({ rulebookDigest: rulebook.digest });
    const seal = this.sealing.seal({ panelId, assessmentId, commandId: context.commandId }, body);
    const command = {
      type: 'seal-scores',
      programmeId,
      by: asking.subject,
      noConflict: body.noConflict,
      criteria: rule.criteria,
      scores: body.scores,
      seal,
      at,
    } as const;
    const handled = await this.commands.handle(assessment, assessmentId, command, { ...context, commandDigest: this.sealing.blinded(context.commandDigest) });
    return commandAnswer(handled, rejections);
  }

  @Post('rounds/:round/opening')
  @HttpCode(200)
  @ProgrammeRoles('panel-chair')
  @ApiDoc({ summary: 'Break all seals of a panel at once, publish its key, and rank', example: { body: {} } })
  async open(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) { callId, roundId }: RoundName,
    @Body({ schema: nothing }) _: Nothing,
    @Asking() asking: Asking,
  ) {
    const { id: panelId, rulebook } = await openedRound(this.commands, programmeId, { callId, roundId });
    const { state } = await this.commands.load(panel, panelId);
    const key = this.sealing.keyOf(panelId);
    const counted = state.status === 'absent' ? [] : state.assessments.filter(({ excluded, leftOut, sealed }) => sealed !== null && !excluded && !leftOut);
    const opened = await Promise.all(counted.map((expected) => this.opened(key, expected)));
    const at = await this.clocks.now(programmeId);
    const command = { type: 'open-scores', programmeId, key, opened, rulebook, seed: sha256(key), by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(panel, panelId, command, asking.context({ rulebookDigest: rulebook.digest })), rejections);
  }

  private async opened(key: string, { assessmentId, reviewerId, applicationId }: Expected): Promise<Opened> {
    const { history } = await this.commands.load(assessment, assessmentId);
    const sealed = history.map(({ event }) => event).find((event) => event.type === 'scores-sealed');
    if (sealed === undefined) throw new Error(`assessment ${assessmentId} was noted as sealed and is not`);
    const { scores: plain, opinion, salt } = unseal(key, assessmentId, sealed.seal);
    return { assessmentId, reviewerId, applicationId, scores: plain, opinionDigest: sha256(opinion), salt };
  }
}

/** What was sealed, for its author at any time; for others when it is open. */
@Controller('review/programmes/:programmeId/assessments/:assessmentId/scores')
export class SealedScoresController {
  constructor(
    private readonly views: Views,
    private readonly sealing: Sealing,
  ) {}

  @Get()
  @Authenticated('it is answered to the author, and after the opening to those who may read all')
  @ApiDoc({ summary: 'The scores and the opinion of one assessment', answer: sealedScoresAnswer })
  async scores(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('assessmentId', { schema: id }) assessmentId: string,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(assessments, assessmentId, asOf)), (row) => this.toAnswer(readable(row, asking), asking));
  }

  private toAnswer({ key: assessmentId, revision, reviewer, panelId, seal, sealingKey }: Keyed<AssessmentRow>, { subject }: Asking) {
    const key = reviewer === subject ? this.sealing.keyOf(panelId) : sealingKey;
    if (seal === null || key === null) throw new Problem({ status: 404, code: 'not-found' });
    const { scores: plain, opinion, salt } = unseal(key, assessmentId, seal);
    return { id: assessmentId, revision, scores: plain, opinion, salt, commitment: seal.commitment };
  }
}
