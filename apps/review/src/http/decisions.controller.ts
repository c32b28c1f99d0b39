import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  castVote,
  conveneCommittee,
  decisionAnswer,
  nothing,
  proposeDecision,
  recordGate,
  roundName,
  type CastVote,
  type ConveneCommittee,
  type Nothing,
  type ProposeDecision,
  type RecordGate,
  type RoundName,
} from '@program-ledger/contracts/review';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands, streamOf } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, commandAnswer, ProgrammeRoles, viewAnswer } from '@program-ledger/host';
import { ProgrammeClocks } from '@program-ledger/programme-directory';
import { Views, type AsOf } from '@program-ledger/read-models';
import type { DecisionCommand } from '../domain/decision/decision.commands.js';
import { decision } from '../domain/decision/decision.decider.js';
import { roundKey } from '../domain/identities.js';
import { panel } from '../domain/panel/panel.decider.js';
import { decisions } from '../projections/decisions.projection.js';
import { inProgramme, shown } from './answering.js';
import { openedRound } from './opened-round.js';
import { rejections } from './rejections.js';

const application = '6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11';
const committee = ['committee-1', 'committee-2', 'committee-3'];

/** What named people decide on a round: gates, a proposal, votes, the announcement. */
@Controller('review/programmes/:programmeId/rounds/:round')
export class DecisionsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  @Post('committee')
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({ summary: 'Convene the committee that decides on a round', example: { body: { members: committee } } })
  async convene(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: conveneCommittee }) { members }: ConveneCommittee,
    @Asking() asking: Asking,
  ) {
    const {
      where,
      round: { purpose },
      rule: round,
      rulebook,
      parties,
    } = await openedRound(this.commands, programmeId, name);
    const command = {
      type: 'convene-committee',
      programmeId,
      where,
      purpose,
      round,
      rulebook,
      parties,
      members,
      by: asking.subject,
      at: await this.clocks.now(programmeId),
    } as const;
    return this.does(name, command, asking, rulebook.digest);
  }

  @Post('gates')
  @ProgrammeRoles('committee-member')
  @ApiDoc({
    summary: 'Record the result of a gate, apart from any score, with its evidence',
    example: {
      body: {
        applicationId: application,
        gate: 'originality',
        passed: true,
        evidence: [{ digest: `sha256:${'0'.repeat(64)}` }],
        reason: 'No foreign weights were found.',
      },
    },
  })
  async gate(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: recordGate }) body: RecordGate,
    @Asking() asking: Asking,
  ) {
    const { rulebook } = await openedRound(this.commands, programmeId, name);
    return this.does(
      name,
      { type: 'record-gate', programmeId, ...body, rulebook, by: asking.subject, at: await this.clocks.now(programmeId) },
      asking,
      rulebook.digest,
    );
  }

  @Post('proposal')
  @ProgrammeRoles('committee-member')
  @ApiDoc({
    summary: 'Propose what becomes of every subject; both results of each are cited by the service',
    example: { body: { outcomes: [{ applicationId: application, outcome: 'selected' }], reason: 'As ranked.' } },
  })
  async propose(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: proposeDecision }) body: ProposeDecision,
    @Asking() asking: Asking,
  ) {
    const { id: panelId, rulebook } = await openedRound(this.commands, programmeId, name);
    const { state } = await this.commands.load(panel, panelId);
    const ranked = state.status === 'absent' ? null : state.ranked;
    const ranking = ranked === null ? null : { decision: ranked.decision, reference: { stream: streamOf(panel.category, panelId), revision: ranked.revision } };
    const command = { type: 'propose-decision', programmeId, ...body, ranking, rulebook, by: asking.subject, at: await this.clocks.now(programmeId) } as const;
    return this.does(name, command, asking, rulebook.digest);
  }

  @Post('votes')
  @ProgrammeRoles('committee-member')
  @ApiDoc({ summary: 'Vote on the proposal', example: { body: { vote: 'for' } } })
  async vote(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: castVote }) body: CastVote,
    @Asking() asking: Asking,
  ) {
    return this.does(name, { type: 'vote', programmeId, ...body, by: asking.subject, at: await this.clocks.now(programmeId) }, asking);
  }

  @Post('confirmation')
  @HttpCode(200)
  @ProgrammeRoles('programme-administrator', 'committee-member')
  @ApiDoc({ summary: 'Count the votes: the proposal is confirmed or defeated', example: { body: {} } })
  async confirm(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: nothing }) _: Nothing,
    @Asking() asking: Asking,
  ) {
    return this.does(name, { type: 'confirm-decision', programmeId, by: asking.subject, at: await this.clocks.now(programmeId) }, asking);
  }

  @Post('announcement')
  @HttpCode(200)
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({ summary: 'Announce what the committee confirmed; the time to object begins', example: { body: {} } })
  async announce(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: nothing }) _: Nothing,
    @Asking() asking: Asking,
  ) {
    const { candidates, rulebook } = await openedRound(this.commands, programmeId, name);
    return this.does(
      name,
      { type: 'announce-decision', programmeId, candidates, rulebook, by: asking.subject, at: await this.clocks.now(programmeId) },
      asking,
      rulebook.digest,
    );
  }

  @Get('decision')
  @ProgrammeRoles('programme-administrator', 'committee-member', 'panel-chair')
  @ApiDoc({ summary: 'The decision on a round: gates apart from scores, votes, every announcement', answer: decisionAnswer })
  async decision(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) { callId, roundId }: RoundName,
    @AsOfQuery() asOf: AsOf,
  ) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(decisions, roundKey(callId, roundId), asOf)), ({ parties: _, ...row }) => shown(row));
  }

  private async does({ callId, roundId }: RoundName, command: DecisionCommand, asking: Asking, rulebookDigest?: string) {
    const context = asking.context(rulebookDigest === undefined ? {} : { rulebookDigest });
    return commandAnswer(await this.commands.handle(decision, roundKey(callId, roundId), command, context), rejections);
  }
}
