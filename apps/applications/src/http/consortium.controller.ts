/* eslint-disable max-params -- the decorated parameters are how a route declares what it takes */
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import {
  checkEligibility,
  inviteMember,
  nothing,
  saveProposal,
  withReason,
  type CheckEligibility,
  type InviteMember,
  type SaveProposal,
  type WithReason,
} from '@program-ledger/contracts/applications';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands, type CommandContext } from '@program-ledger/event-sourcing';
import { ApiDoc, Asking, Authenticated, commandAnswer } from '@program-ledger/host';
import type { ApplicationCommand } from '../domain/application/application.commands.js';
import { application } from '../domain/application/application.decider.js';
import { organisation } from '../domain/organisation/organisation.decider.js';
import { eligibilityBasis } from './eligibility-basis.js';
import { existingApplication, leadOf } from './own-application.js';
import { administers, notYours, requireRepresentative } from './people.js';
import { ProgrammeTime, refusal } from './programme-time.js';
import { rejections } from './rejections.js';

const ofLead = 'representatives of the lead';
const ofInvited = 'representatives of the organisation that was invited';
const member = { organisationId: '6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11', task: 'development', shareBasisPoints: 2_500 };
const proposal = { title: '가상 파운데이션 모델', field: '소재', method: '처음부터 학습', services: 2, summary: '…', requestedGpus: 256, openness: 'open', budget: '18000000000' };

/** What a lead and its members do with an application until it is submitted, and how it is submitted, checked and withdrawn. */
@Controller('applications/programmes/:programmeId/applications/:applicationId')
export class ConsortiumController {
  constructor(
    private readonly commands: Commands,
    private readonly time: ProgrammeTime,
  ) {}

  @Post('members')
  @HttpCode(200)
  @Authenticated(ofLead)
  @ApiDoc({ summary: 'Invite an organisation or a lab, or change the terms of one', description: 'Whoever is invited on other terms answers again. The lead’s own terms are changed likewise.', example: { body: member } })
  async invite(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Body({ schema: inviteMember }) body: InviteMember, @Asking() asking: Asking) {
    const at = await this.asLead(programmeId, applicationId, asking);
    const { state } = await this.commands.load(organisation, body.organisationId);
    if (state.status === 'absent') throw refusal('unknown-organisation');
    return this.does(applicationId, { type: 'invite-member', programmeId, ...body, name: state.name, by: asking.subject, at }, asking.context());
  }

  @Post('members/:organisationId/acceptance')
  @HttpCode(200)
  @Authenticated(ofInvited)
  @ApiDoc({ summary: 'Accept an invitation', example: { body: {} } })
  async accept(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Param('organisationId', { schema: id }) organisationId: string, @Body({ schema: nothing }) _: object, @Asking() asking: Asking) {
    await requireRepresentative(this.commands, organisationId, asking);
    const { at } = await this.time.moment(programmeId, asking);
    return this.does(applicationId, { type: 'accept-invitation', programmeId, organisationId, by: asking.subject, at }, asking.context());
  }

  @Post('members/:organisationId/declination')
  @HttpCode(200)
  @Authenticated(ofInvited)
  @ApiDoc({ summary: 'Decline an invitation', example: { body: { reason: 'takes part elsewhere' } } })
  async decline(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Param('organisationId', { schema: id }) organisationId: string, @Body({ schema: withReason }) { reason }: WithReason, @Asking() asking: Asking) {
    await requireRepresentative(this.commands, organisationId, asking);
    const { at } = await this.time.moment(programmeId, asking);
    return this.does(applicationId, { type: 'decline-invitation', programmeId, organisationId, reason, by: asking.subject, at }, asking.context());
  }

  @Post('members/:organisationId/removal')
  @HttpCode(200)
  @Authenticated(ofLead)
  @ApiDoc({ summary: 'Remove a member before submission', example: { body: { reason: 'does not answer' } } })
  async remove(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Param('organisationId', { schema: id }) organisationId: string, @Body({ schema: withReason }) { reason }: WithReason, @Asking() asking: Asking) {
    const at = await this.asLead(programmeId, applicationId, asking);
    return this.does(applicationId, { type: 'remove-member', programmeId, organisationId, reason, by: asking.subject, at }, asking.context());
  }

  @Post('proposals')
  @HttpCode(200)
  @Authenticated(ofLead)
  @ApiDoc({ summary: 'Save a version of the proposal', example: { body: proposal } })
  async saveProposal(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Body({ schema: saveProposal }) body: SaveProposal, @Asking() asking: Asking) {
    const at = await this.asLead(programmeId, applicationId, asking);
    return this.does(applicationId, { type: 'save-proposal', programmeId, proposal: body, by: asking.subject, at }, asking.context());
  }

  @Post('submission')
  @HttpCode(200)
  @Authenticated(ofLead)
  @ApiDoc({
    summary: 'Submit: the rules are evaluated at once',
    description: 'The answer to whether it is eligible is in the application. One that comes after the deadline is recorded, and ineligible by the rule of the deadline.',
    example: { body: {} },
  })
  async submit(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Body({ schema: nothing }) _: object, @Asking() asking: Asking) {
    const state = await existingApplication(this.commands, programmeId, applicationId);
    await requireRepresentative(this.commands, leadOf(state), asking);
    const moment = await this.time.moment(programmeId, asking);
    const basis = await eligibilityBasis(this.commands, state, moment);
    const command = { type: 'submit-application', programmeId, applicationId, basis, by: asking.subject, at: moment.at } as const;
    return this.does(applicationId, command, asking.context({ rulebookDigest: basis.rulebook.text.digest }));
  }

  @Post('eligibility')
  @HttpCode(200)
  @Authenticated('representatives of the lead ask for a check; the programme’s administrators also on the occasions of the programme')
  @ApiDoc({ summary: 'Check eligibility again, on the facts as they are known now', example: { body: { occasion: 'request' } } })
  async checkEligibility(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Body({ schema: checkEligibility }) { occasion }: CheckEligibility, @Asking() asking: Asking) {
    const state = await existingApplication(this.commands, programmeId, applicationId);
    if (!administers(asking)) {
      if (occasion !== 'request') throw notYours();
      await requireRepresentative(this.commands, leadOf(state), asking);
    }
    const moment = await this.time.moment(programmeId, asking);
    const basis = await eligibilityBasis(this.commands, state, moment);
    const command = { type: 'check-eligibility', programmeId, applicationId, occasion, basis, by: asking.subject, at: moment.at } as const;
    return this.does(applicationId, command, asking.context({ rulebookDigest: basis.rulebook.text.digest }));
  }

  @Post('withdrawal')
  @HttpCode(200)
  @Authenticated(ofLead)
  @ApiDoc({ summary: 'Withdraw the application', example: { body: { reason: 'the plan was given up' } } })
  async withdraw(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Body({ schema: withReason }) { reason }: WithReason, @Asking() asking: Asking) {
    const at = await this.asLead(programmeId, applicationId, asking);
    return this.does(applicationId, { type: 'withdraw-application', programmeId, reason, by: asking.subject, at }, asking.context());
  }

  /** The time of the command, once it is certain that the asker acts for the lead. */
  private async asLead(programmeId: string, applicationId: string, asking: Asking): Promise<string> {
    await requireRepresentative(this.commands, leadOf(await existingApplication(this.commands, programmeId, applicationId)), asking);
    return (await this.time.moment(programmeId, asking)).at;
  }

  private async does(applicationId: string, command: ApplicationCommand, context: CommandContext) {
    return commandAnswer(await this.commands.handle(application, applicationId, command, context), rejections);
  }
}
