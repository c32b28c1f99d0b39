/* eslint-disable max-params -- the decorated parameters are how a route declares what it takes */
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  appointRepresentative,
  correctFact,
  endFact,
  organisationAnswer,
  organisationsAnswer,
  registerOrganisation,
  removeRepresentative,
  searchText,
  stateFact,
  type AppointRepresentative,
  type CorrectFact,
  type EndFact,
  type RegisterOrganisation,
  type RemoveRepresentative,
  type StateFact,
} from '@program-ledger/contracts/applications';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands, uuidFrom } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, Authenticated, commandAnswer, PageQuery, pageAnswer, viewAnswer, type PageAsked } from '@program-ledger/host';
import { Views, type AsOf, type Keyed, type RowOf } from '@program-ledger/read-models';
import { dayOf } from '@program-ledger/rulebook';
import { organisation, type OrganisationCommand } from '../domain/organisation/organisation.decider.js';
import { organisations } from '../projections/organisations.projection.js';
import { actsFor, administers, forFacts, forRepresentatives, notYours, takesPart } from './people.js';
import { ProgrammeTime } from './programme-time.js';
import { rejections } from './rejections.js';

const optionalId = id.optional();
const fact = { attribute: 'size', value: 'sme', validFrom: '2024-04-01', source: 'certificate of the ministry' };

/** Organisations and labs. They belong to no programme, but are reached through one: its clock dates what is said. */
@Controller('applications/programmes/:programmeId/organisations')
@Authenticated(forRepresentatives)
export class OrganisationsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly time: ProgrammeTime,
  ) {}

  @Post()
  @Authenticated('whoever registers an organisation acts for it; administrators register those of others')
  @ApiDoc({
    summary: 'Register an organisation, or a lab as part of one',
    example: { body: { name: { ko: '가상 연구실', en: 'An invented lab' }, partOf: null, provenance: 'invented', representatives: ['lee'] } },
  })
  async register(@Param('programmeId', { schema: id }) programmeId: string, @Body({ schema: registerOrganisation }) body: RegisterOrganisation, @Asking() asking: Asking) {
    const { at } = await this.time.moment(programmeId, asking);
    const { name, provenance } = body;
    const representatives = administers(asking) ? body.representatives : [asking.subject, ...body.representatives];
    const partOf = body.partOf === null ? null : { organisationId: body.partOf, standing: await this.standingOf(body.partOf) };
    const command = { type: 'register-organisation', name, partOf, provenance, rehearsal: this.time.rehearsal, representatives, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(organisation, uuidFrom(asking.commandId, 'organisation'), command, asking.context()), rejections);
  }

  @Post(':organisationId/representatives')
  @HttpCode(200)
  @ApiDoc({ summary: 'Appoint a representative', example: { body: { subject: 'park' } } })
  async appoint(@Param('programmeId', { schema: id }) programmeId: string, @Param('organisationId', { schema: id }) organisationId: string, @Body({ schema: appointRepresentative }) { subject }: AppointRepresentative, @Asking() asking: Asking) {
    const { at } = await this.time.moment(programmeId, asking);
    return this.does(organisationId, { type: 'appoint-representative', subject, by: asking.subject, at }, asking);
  }

  @Post(':organisationId/representatives/removals')
  @HttpCode(200)
  @ApiDoc({ summary: 'Remove a representative', example: { body: { subject: 'park', reason: 'left the organisation' } } })
  async remove(@Param('programmeId', { schema: id }) programmeId: string, @Param('organisationId', { schema: id }) organisationId: string, @Body({ schema: removeRepresentative }) body: RemoveRepresentative, @Asking() asking: Asking) {
    const { at } = await this.time.moment(programmeId, asking);
    return this.does(organisationId, { type: 'remove-representative', ...body, by: asking.subject, at }, asking);
  }

  @Post(':organisationId/facts')
  @Authenticated(forFacts)
  @ApiDoc({ summary: 'State a fact, with its days and its source', example: { body: { fact, provenance: 'invented' } } })
  async state(@Param('programmeId', { schema: id }) programmeId: string, @Param('organisationId', { schema: id }) organisationId: string, @Body({ schema: stateFact }) body: StateFact, @Asking() asking: Asking) {
    const { at } = await this.time.moment(programmeId, asking);
    const stated = { ...body.fact, factId: uuidFrom(asking.commandId, 'fact') };
    return this.says(programmeId, organisationId, { type: 'state-fact', fact: stated, provenance: body.provenance, rehearsal: this.time.rehearsal, by: asking.subject, at }, asking);
  }

  @Post(':organisationId/facts/:factId/end')
  @Authenticated(forFacts)
  @HttpCode(200)
  @ApiDoc({ summary: 'Say that a fact no longer holds after a day', example: { body: { validTo: '2026-01-31' } } })
  async end(@Param('programmeId', { schema: id }) programmeId: string, @Param('organisationId', { schema: id }) organisationId: string, @Param('factId', { schema: id }) factId: string, @Body({ schema: endFact }) { validTo }: EndFact, @Asking() asking: Asking) {
    const { at } = await this.time.moment(programmeId, asking);
    return this.says(programmeId, organisationId, { type: 'end-fact', factId, validTo, by: asking.subject, at }, asking);
  }

  @Post(':organisationId/facts/:factId/correction')
  @Authenticated(forFacts)
  @HttpCode(200)
  @ApiDoc({ summary: 'Correct a fact that was wrong', example: { body: { fact, provenance: 'invented', reason: 'the certificate was read wrongly' } } })
  async correct(@Param('programmeId', { schema: id }) programmeId: string, @Param('organisationId', { schema: id }) organisationId: string, @Param('factId', { schema: id }) factId: string, @Body({ schema: correctFact }) body: CorrectFact, @Asking() asking: Asking) {
    const { at, timeZone } = await this.time.moment(programmeId, asking);
    const { provenance, reason } = body;
    const command = { type: 'correct-fact', fact: { ...body.fact, factId }, provenance, reason, rehearsal: this.time.rehearsal, today: dayOf(at, timeZone), by: asking.subject, at } as const;
    return this.says(programmeId, organisationId, command, asking);
  }

  @Get()
  @Authenticated('names of organisations are public, so that they can be invited')
  @ApiDoc({ summary: 'Organisations by name, or the parts of one', answer: organisationsAnswer })
  async list(@Query('text', { schema: searchText }) contains: string | undefined, @Query('partOf', { schema: optionalId }) partOf: string | undefined, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    const filter = { ...(contains !== undefined && { search: { contains } }), ...(partOf !== undefined && { partOf }) };
    return pageAnswer(await this.views.list(organisations, filter, page, asOf), entryOf);
  }

  @Get(':organisationId')
  @Authenticated(forFacts)
  @ApiDoc({ summary: 'One organisation with its representatives and facts', answer: organisationAnswer })
  async one(@Param('programmeId', { schema: id }) programmeId: string, @Param('organisationId', { schema: id }) organisationId: string, @AsOfQuery() asOf: AsOf, @Asking() asking: Asking) {
    const mine = asking.platformRoles.has('auditor') || (await this.knowsFactsOf(programmeId, organisationId, asking));
    return viewAnswer(await this.views.one(organisations, organisationId, asOf), (row) => {
      if (!mine) throw notYours();
      return { ...entryOf(row), representatives: row.state.representatives, facts: row.state.facts };
    });
  }

  private async does(organisationId: string, command: OrganisationCommand, asking: Asking) {
    if (!(await actsFor(this.commands, organisationId, asking))) throw notYours();
    return this.handle(organisationId, command, asking);
  }

  private async says(programmeId: string, organisationId: string, command: OrganisationCommand, asking: Asking) {
    if (!(await this.knowsFactsOf(programmeId, organisationId, asking))) throw notYours();
    return this.handle(organisationId, command, asking);
  }

  private async handle(organisationId: string, command: OrganisationCommand, asking: Asking) {
    return commandAnswer(await this.commands.handle(organisation, organisationId, command, asking.context()), rejections);
  }

  private async knowsFactsOf(programmeId: string, organisationId: string, asking: Asking): Promise<boolean> {
    return (await actsFor(this.commands, organisationId, asking)) || (administers(asking) && (await takesPart(this.views, programmeId, organisationId)));
  }

  private async standingOf(organisationId: string): Promise<'institution' | 'itself-a-part' | 'unknown'> {
    const { state } = await this.commands.load(organisation, organisationId);
    if (state.status === 'absent') return 'unknown';
    return state.partOf === null ? 'institution' : 'itself-a-part';
  }
}

const entryOf = ({ key, revision, state: { name, partOf, provenance } }: Keyed<RowOf<typeof organisations.table>>) => ({ id: key, revision, name, partOf, provenance });
