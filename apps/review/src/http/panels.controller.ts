import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  addPanelMember,
  closeScoring,
  convenePanel,
  layEvidence,
  openingAnswer,
  panelAnswer,
  roundName,
  type AddPanelMember,
  type CloseScoring,
  type ConvenePanel,
  type LayEvidence,
  type RoundName,
} from '@program-ledger/contracts/review';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, Authenticated, commandAnswer, ProgrammeRoles, viewAnswer } from '@program-ledger/host';
import { ProgrammeClocks } from '@program-ledger/programme-directory';
import { Views, type AsOf } from '@program-ledger/read-models';
import { roundKey } from '../domain/identities.js';
import { panel } from '../domain/panel/panel.decider.js';
import { reviewer } from '../domain/reviewer/reviewer.decider.js';
import { openings, panels } from '../projections/panels.projection.js';
import { inProgramme, shown } from './answering.js';
import { openedRound } from './opened-round.js';
import { rejections } from './rejections.js';

const reviewers = ['0a6f1c1e-5f0b-5a55-8d3c-3b0f6d1c2a01', '0a6f1c1e-5f0b-5a55-8d3c-3b0f6d1c2a02', '0a6f1c1e-5f0b-5a55-8d3c-3b0f6d1c2a03'] as const;
const application = '6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11';
const digest = `sha256:${'0'.repeat(64)}`;

/** Who judges a round, on which evidence, until when. */
@Controller('review/programmes/:programmeId/rounds/:round')
export class PanelsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  @Post('panel')
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({
    summary: 'Convene the panel of a round',
    description: 'Each member is invited to judge each subject.',
    example: { body: { members: reviewers, chair: reviewers[0] } },
  })
  async convene(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: convenePanel }) body: ConvenePanel,
    @Asking() asking: Asking,
  ) {
    const {
      id: panelId,
      where,
      rule: round,
      round: { purpose },
      rulebook,
      parties,
    } = await openedRound(this.commands, programmeId, name);
    const members = await Promise.all(body.members.map((reviewerId) => this.candidate(reviewerId)));
    const at = await this.clocks.now(programmeId);
    const rulebookDigest = rulebook.digest;
    const command = {
      type: 'convene-panel',
      programmeId,
      where,
      round,
      purpose,
      rulebookDigest,
      parties,
      members,
      chair: body.chair,
      by: asking.subject,
      at,
    } as const;
    return commandAnswer(await this.commands.handle(panel, panelId, command, asking.context({ rulebookDigest })), rejections);
  }

  @Post('panel/members')
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({
    summary: 'Add a member to a panel',
    description: 'When exclusions leave too few.',
    example: { body: { reviewerId: reviewers[2], reason: 'Two members are excluded.' } },
  })
  async add(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: addPanelMember }) { reviewerId, reason }: AddPanelMember,
    @Asking() asking: Asking,
  ) {
    const { id: panelId, parties } = await openedRound(this.commands, programmeId, name);
    const member = await this.candidate(reviewerId);
    const at = await this.clocks.now(programmeId);
    const command = { type: 'add-panel-member', programmeId, parties, member, reason, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(panel, panelId, command, asking.context()), rejections);
  }

  @Post('evidence')
  @Authenticated('the decider takes it from the people of the application and from administrators of the programme')
  @ApiDoc({
    summary: 'Lay a document before the panel, by its digest',
    description: 'What comes after scoring closed is recorded, and marked as not used.',
    example: { body: { applicationId: application, title: 'Stage report', digest } },
  })
  async lay(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) name: RoundName,
    @Body({ schema: layEvidence }) body: LayEvidence,
    @Asking() asking: Asking,
  ) {
    const { id: panelId, parties } = await openedRound(this.commands, programmeId, name);
    const representatives = parties.find(({ applicationId }) => applicationId === body.applicationId)?.representatives ?? [];
    const mayLay = asking.roles.has('programme-administrator') ? [...representatives, asking.subject] : representatives;
    const at = await this.clocks.now(programmeId);
    const command = { type: 'lay-evidence', programmeId, ...body, mayLay, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(panel, panelId, command, asking.context()), rejections);
  }

  @Post('scoring-closure')
  @HttpCode(200)
  @ProgrammeRoles('panel-chair')
  @ApiDoc({ summary: 'Close scoring', description: 'Every assessment is sealed, excluded, or left out with a reason.', example: { body: { leftOut: [] } } })
  async close(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) { callId, roundId }: RoundName,
    @Body({ schema: closeScoring }) { leftOut }: CloseScoring,
    @Asking() asking: Asking,
  ) {
    const at = await this.clocks.now(programmeId);
    const command = { type: 'close-scoring', programmeId, leftOut, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(panel, roundKey(callId, roundId), command, asking.context()), rejections);
  }

  @Get('panel')
  @ProgrammeRoles('programme-administrator', 'panel-chair', 'committee-member', 'conflict-officer')
  @ApiDoc({ summary: 'The panel of a round: members, evidence used and unused, how far scoring is', answer: panelAnswer })
  async panel(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) { callId, roundId }: RoundName,
    @AsOfQuery() asOf: AsOf,
  ) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(panels, roundKey(callId, roundId), asOf)), shown);
  }

  @Get('opening')
  @ProgrammeRoles('programme-administrator', 'panel-chair', 'committee-member')
  @ApiDoc({ summary: 'What the opening made known: key, scores, ranking', description: 'There is none before the seals are broken.', answer: openingAnswer })
  async opening(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) { callId, roundId }: RoundName,
    @AsOfQuery() asOf: AsOf,
  ) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(openings, roundKey(callId, roundId), asOf)), shown);
  }

  private async candidate(reviewerId: string) {
    return { reviewerId, reviewer: (await this.commands.load(reviewer, reviewerId)).state };
  }
}
