import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import {
  addSeat,
  docketAnswer,
  docketsAnswer,
  openRound,
  roundAnswer,
  roundName,
  roundsAnswer,
  type AddSeat,
  type OpenRound,
  type RoundName,
} from '@program-ledger/contracts/review';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, commandAnswer, PageQuery, pageAnswer, ProgrammeRoles, viewAnswer, type PageAsked } from '@program-ledger/host';
import { ProgrammeClocks } from '@program-ledger/programme-directory';
import { Views, type AsOf } from '@program-ledger/read-models';
import { docket } from '../domain/docket/docket.decider.js';
import { roundKey } from '../domain/identities.js';
import { dockets } from '../projections/dockets.projection.js';
import { rounds } from '../projections/rounds.projection.js';
import { inProgramme, shown, under } from './answering.js';
import { docketOf, rulebookInForce } from './opened-round.js';
import { rejections } from './rejections.js';

const application = '6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11';

/** The course of a call: its rounds in order, its seats. */
@Controller('review/programmes/:programmeId')
@ProgrammeRoles('programme-administrator')
export class DocketsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  @Post('calls/:callId/rounds')
  @ApiDoc({ summary: 'Open the next round of a call', example: { body: { roundId: 'document' } } })
  async open(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('callId', { schema: id }) callId: string,
    @Body({ schema: openRound }) body: OpenRound,
    @Asking() asking: Asking,
  ) {
    const { rulebookDigest } = await docketOf(this.commands, programmeId, callId);
    const rulebook = await rulebookInForce(this.commands, programmeId, rulebookDigest);
    const at = await this.clocks.now(programmeId);
    const command = { type: 'open-round', programmeId, callId, ...body, rulebook, by: asking.subject, at } as const;
    const handled = await this.commands.handle(docket, callId, command, asking.context({ rulebookDigest }));
    return under(roundKey(callId, body.roundId), commandAnswer(handled, rejections));
  }

  @Post('calls/:callId/seats')
  @ApiDoc({
    summary: 'Add a seat from the reserve, on recorded authority',
    example: {
      body: {
        applicationId: application,
        authority: 'Notice 2026-12 of the ministry',
        reason: 'A team lost its seat.',
        replaces: null,
        decidedBy: ['committee-1'],
      },
    },
  })
  async addSeat(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('callId', { schema: id }) callId: string,
    @Body({ schema: addSeat }) body: AddSeat,
    @Asking() asking: Asking,
  ) {
    const at = await this.clocks.now(programmeId);
    const command = { type: 'add-seat', programmeId, callId, ...body, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(docket, callId, command, asking.context()), rejections);
  }

  @Get('dockets')
  @ProgrammeRoles('programme-administrator', 'panel-chair', 'committee-member', 'conflict-officer')
  @ApiDoc({ summary: 'The dockets of a programme: candidates, rounds, seats planned and actual, whom they wait for', answer: docketsAnswer })
  async list(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(dockets, { programmeId }, page, asOf), withoutPending);
  }

  @Get('calls/:callId/docket')
  @ProgrammeRoles('programme-administrator', 'panel-chair', 'committee-member', 'conflict-officer')
  @ApiDoc({ summary: 'The docket of one call', answer: docketAnswer })
  async one(@Param('programmeId', { schema: id }) programmeId: string, @Param('callId', { schema: id }) callId: string, @AsOfQuery() asOf: AsOf) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(dockets, callId, asOf)), withoutPending);
  }

  @Get('rounds')
  @ProgrammeRoles('programme-administrator', 'panel-chair', 'committee-member', 'conflict-officer')
  @ApiDoc({ summary: 'All rounds of a programme, and whom each waits for since when', answer: roundsAnswer })
  async rounds(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(rounds, { programmeId }, page, asOf), withoutFlags);
  }

  @Get('rounds/:round')
  @ProgrammeRoles('programme-administrator', 'panel-chair', 'committee-member', 'conflict-officer')
  @ApiDoc({ summary: 'One round', answer: roundAnswer })
  async round(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('round', { schema: roundName }) { callId, roundId }: RoundName,
    @AsOfQuery() asOf: AsOf,
  ) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(rounds, roundKey(callId, roundId), asOf)), withoutFlags);
  }
}

const withoutPending = <Row extends { readonly key: string; readonly pending: unknown }>({ pending: _, ...row }: Row) => shown(row);
const withoutFlags = <Row extends { readonly key: string; readonly hasCommittee: boolean; readonly isRanked: boolean; readonly owed: number }>({
  hasCommittee: _,
  isRanked: _ranked,
  owed: _owed,
  ...row
}: Row) => shown(row);
