/* eslint-disable max-params -- the decorated parameters are how a route declares what it takes */
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import {
  callAnswer,
  callsAnswer,
  callState,
  callTerms,
  publishCall,
  searchText,
  withReason,
  type CallState,
  type CallTerms,
  type PublishCall,
  type WithReason,
} from '@program-ledger/contracts/applications';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands, uuidFrom } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, Authenticated, commandAnswer, PageQuery, pageAnswer, Problem, ProgrammeRoles, viewAnswer, type PageAsked } from '@program-ledger/host';
import { Views, type AsOf, type Keyed, type RowOf } from '@program-ledger/read-models';
import { call } from '../domain/call/call.decider.js';
import { callStatuses } from '../domain/call/call.state.js';
import { calls } from '../projections/calls.projection.js';
import { inProgramme } from './answering.js';
import { rulebookInForce } from './eligibility-basis.js';
import { readsAll } from './people.js';
import { ProgrammeTime } from './programme-time.js';
import { rejections } from './rejections.js';

const terms = { title: { ko: '가상 공고', en: 'An invented call' }, opensAt: '2026-03-03T00:00:00.000Z', deadline: '2026-04-10T15:00:00' };
const optionalState = callState.optional();

/** What is called for, from when until when. */
@Controller('applications/programmes/:programmeId/calls')
@ProgrammeRoles('programme-administrator')
export class CallsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly time: ProgrammeTime,
  ) {}

  @Post()
  @ApiDoc({ summary: 'Draft a call', description: 'The deadline is wall-clock time in the programme’s zone.', example: { body: terms } })
  async draft(@Param('programmeId', { schema: id }) programmeId: string, @Body({ schema: callTerms }) body: CallTerms, @Asking() asking: Asking) {
    const { at, timeZone } = await this.time.moment(programmeId, asking);
    const command = { type: 'draft-call', programmeId, ...body, timeZone, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(call, uuidFrom(asking.commandId, 'call'), command, asking.context()), rejections);
  }

  @Put(':callId')
  @ApiDoc({ summary: 'Revise a draft', example: { body: terms } })
  async revise(@Param('programmeId', { schema: id }) programmeId: string, @Param('callId', { schema: id }) callId: string, @Body({ schema: callTerms }) body: CallTerms, @Asking() asking: Asking) {
    const { at, timeZone } = await this.time.moment(programmeId, asking);
    const command = { type: 'revise-call', programmeId, ...body, timeZone, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(call, callId, command, asking.context()), rejections);
  }

  @Post(':callId/publication')
  @HttpCode(200)
  @ApiDoc({ summary: 'Publish a call under the rulebook in force', example: { body: { shortenedBecause: 'the budget of the year ends in December' } } })
  async publish(@Param('programmeId', { schema: id }) programmeId: string, @Param('callId', { schema: id }) callId: string, @Body({ schema: publishCall }) body: PublishCall, @Asking() asking: Asking) {
    const moment = await this.time.moment(programmeId, asking);
    const inForce = await rulebookInForce(this.commands, programmeId, moment);
    const command = { type: 'publish-call', programmeId, rulebook: inForce, ...body, by: asking.subject, at: moment.at } as const;
    const context = asking.context(inForce === null ? {} : { rulebookDigest: inForce.text.digest });
    return commandAnswer(await this.commands.handle(call, callId, command, context), rejections);
  }

  @Post(':callId/voiding')
  @HttpCode(200)
  @ApiDoc({ summary: 'Declare a call void before its screening is completed', example: { body: { reason: 'the programme was called off' } } })
  async void(@Param('programmeId', { schema: id }) programmeId: string, @Param('callId', { schema: id }) callId: string, @Body({ schema: withReason }) { reason }: WithReason, @Asking() asking: Asking) {
    const { at } = await this.time.moment(programmeId, asking);
    return commandAnswer(await this.commands.handle(call, callId, { type: 'void-call', programmeId, reason, by: asking.subject, at }, asking.context()), rejections);
  }

  @Get()
  @Authenticated('published calls are public; drafts are shown to administrators and auditors')
  @ApiDoc({ summary: 'Calls of a programme', answer: callsAnswer })
  async list(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Query('state', { schema: optionalState }) state: CallState | undefined,
    @Query('text', { schema: searchText }) contains: string | undefined,
    @PageQuery() page: PageAsked,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    const visible = callStatuses.filter((status) => (status !== 'draft' || readsAll(asking)) && (state === undefined || status === state));
    const filter = { programmeId, status: visible, ...(contains !== undefined && { search: { contains } }) };
    return pageAnswer(await this.views.list(calls, filter, page, asOf), callBody);
  }

  @Get(':callId')
  @Authenticated('published calls are public; drafts are shown to administrators and auditors')
  @ApiDoc({ summary: 'One call', answer: callAnswer })
  async one(@Param('programmeId', { schema: id }) programmeId: string, @Param('callId', { schema: id }) callId: string, @AsOfQuery() asOf: AsOf, @Asking() asking: Asking) {
    return viewAnswer(inProgramme(programmeId, await this.views.one(calls, callId, asOf)), (row) => {
      if (row.status === 'draft' && !readsAll(asking)) throw new Problem({ status: 404, code: 'not-found' });
      return callBody(row);
    });
  }
}

const callBody = ({ key, revision, state: { events: _, steps, ...state } }: Keyed<RowOf<typeof calls.table>>) => ({
  id: key,
  revision,
  ...state,
  history: steps.map(({ status, at, roundId }) => ({ status, at, roundId })),
});
