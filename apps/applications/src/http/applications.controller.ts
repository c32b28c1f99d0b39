/* eslint-disable max-params -- the decorated parameters are how a route declares what it takes */
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import {
  applicationAnswer,
  applicationsAnswer,
  applicationState,
  eligibilityAnswer,
  proposalAnswer,
  searchText,
  startApplication,
  type ApplicationState,
  type StartApplication,
} from '@program-ledger/contracts/applications';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands, uuidFrom } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, Authenticated, commandAnswer, PageQuery, pageAnswer, Problem, viewAnswer, type PageAsked } from '@program-ledger/host';
import { Views, type AsOf, type Keyed, type RowOf } from '@program-ledger/read-models';
import { z } from 'zod';
import { application } from '../domain/application/application.decider.js';
import { call } from '../domain/call/call.decider.js';
import { callStatuses } from '../domain/call/call.state.js';
import { organisation } from '../domain/organisation/organisation.decider.js';
import { applications, eligibilityDecisions, proposalKey, proposals } from '../projections/applications.projection.js';
import { inProgramme, shown } from './answering.js';
import { applicationsOf, forMembers, notYours, readsAll, requireRepresentative } from './people.js';
import { ProgrammeTime, refusal } from './programme-time.js';
import { rejections } from './rejections.js';

const lead = { organisationId: '6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11', task: 'development', shareBasisPoints: 10_000 };
const callId = '0b6f2c1e-8a4d-5d2b-9a55-7f0f6f1f2b3c';
const optionalId = id.optional();
const optionalState = applicationState.optional();
const versionNumber = z.coerce.number().int().min(1).max(100_000);

/** Applications: started by a lead, seen by the members of the consortium and by those who run the programme. */
@Controller('applications/programmes/:programmeId/applications')
@Authenticated(forMembers)
export class ApplicationsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly time: ProgrammeTime,
  ) {}

  @Post()
  @Authenticated('representatives of the lead')
  @ApiDoc({ summary: 'Start an application, alone or as the lead of a consortium', example: { body: { callId, title: '가상 파운데이션 모델', lead, provenance: 'invented' } } })
  async start(@Param('programmeId', { schema: id }) programmeId: string, @Body({ schema: startApplication }) body: StartApplication, @Asking() asking: Asking) {
    await requireRepresentative(this.commands, body.lead.organisationId, asking);
    const { at, rehearsal } = await this.time.moment(programmeId, asking);
    const [called, leading] = await Promise.all([this.commands.load(call, body.callId), this.commands.load(organisation, body.lead.organisationId)]);
    if (called.state.status === 'absent' || called.state.programmeId !== programmeId) throw refusal('unknown-call');
    if (leading.state.status === 'absent') throw refusal('unknown-organisation');
    const callOpened = !notOpened.has(called.state.status);
    const command = { type: 'start-application', programmeId, ...body, lead: { ...body.lead, name: leading.state.name }, callOpened, rehearsal, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(application, uuidFrom(asking.commandId, 'application'), command, asking.context()), rejections);
  }

  @Get()
  @ApiDoc({ summary: 'Applications by call, state, lead or words of title and names', answer: applicationsAnswer })
  async list(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Query('call', { schema: optionalId }) called: string | undefined,
    @Query('state', { schema: optionalState }) status: ApplicationState | undefined,
    @Query('lead', { schema: optionalId }) leading: string | undefined,
    @Query('text', { schema: searchText }) contains: string | undefined,
    @PageQuery() page: PageAsked,
    @AsOfQuery() asOf: AsOf,
    @Asking() asking: Asking,
  ) {
    const position = { kind: 'position', position: await this.views.positionAt(asOf) } as const;
    const mine = readsAll(asking) ? {} : { applicationId: await applicationsOf(this.views, asking, position) };
    const asked = { callId: called, status, lead: leading, search: contains === undefined ? undefined : { contains } };
    const filter = Object.fromEntries(Object.entries(asked).filter(([, wanted]) => wanted !== undefined));
    return pageAnswer(await this.views.list(applications, { programmeId, ...mine, ...filter }, page, position), applicationBody);
  }

  @Get(':applicationId')
  @ApiDoc({ summary: 'One application as it stands', answer: applicationAnswer })
  async one(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @AsOfQuery() asOf: AsOf, @Asking() asking: Asking) {
    await this.requireReader(programmeId, applicationId, asking);
    return viewAnswer(await this.views.one(applications, applicationId, asOf), applicationBody);
  }

  @Get(':applicationId/eligibility')
  @ApiDoc({ summary: 'Every check of its eligibility, to be recomputed', answer: eligibilityAnswer })
  async eligibility(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf, @Asking() asking: Asking) {
    await this.requireReader(programmeId, applicationId, asking);
    return pageAnswer(await this.views.list(eligibilityDecisions, { programmeId, applicationId }, page, asOf), ({ key, at, askedBy, decided }) => ({ id: key, applicationId, at, askedBy, ...decided }));
  }

  @Get(':applicationId/proposals/:version')
  @ApiDoc({ summary: 'One version of the proposal', answer: proposalAnswer })
  async proposal(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Param('version', { schema: versionNumber }) version: number, @AsOfQuery() asOf: AsOf, @Asking() asking: Asking) {
    await this.requireReader(programmeId, applicationId, asking);
    return viewAnswer(inProgramme(programmeId, await this.views.one(proposals, proposalKey(applicationId, version), asOf)), ({ revision: _, programmeId: _of, ...row }) => shown(row));
  }

  private async requireReader(programmeId: string, applicationId: string, asking: Asking): Promise<void> {
    const now = { kind: 'now' } as const;
    if (inProgramme(programmeId, await this.views.one(applications, applicationId, now)) === undefined) throw new Problem({ status: 404, code: 'not-found' });
    if (!readsAll(asking) && !(await applicationsOf(this.views, asking, now)).includes(applicationId)) throw notYours();
  }
}

const notOpened: ReadonlySet<string> = new Set([...callStatuses.slice(0, callStatuses.indexOf('open')), 'void']);

const applicationBody = ({ key, revision, lead: leading, state: { events: _, withdrawn: _withdrawn, told, ...state } }: Keyed<RowOf<typeof applications.table>>) => ({
  id: key,
  revision,
  lead: leading,
  ...state,
  outcomes: told,
});
