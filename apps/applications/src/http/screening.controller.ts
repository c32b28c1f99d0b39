import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { nothing } from '@program-ledger/contracts/applications';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands, EventStore, uuidFrom } from '@program-ledger/event-sourcing';
import { ApiDoc, Asking, commandAnswer, Problem, ProgrammeRoles } from '@program-ledger/host';
import { Views } from '@program-ledger/read-models';
import { application } from '../domain/application/application.decider.js';
import { applicationEvent } from '../domain/application/application.eligibility.js';
import type { ExistingApplication, Submission } from '../domain/application/application.state.js';
import { call, type Screened } from '../domain/call/call.decider.js';
import { applications } from '../projections/applications.projection.js';
import { eligibilityBasis, requireRulebook } from './eligibility-basis.js';
import { ProgrammeTime, type Moment } from './programme-time.js';
import { rejections } from './rejections.js';

type Received = { readonly applicationId: string; readonly state: ExistingApplication; readonly submission: Submission };

const viewsWaitMsMax = 10_000;

/** After the deadline: every application is checked again, then those that are eligible go before the first panel. */
@Controller('applications/programmes/:programmeId/calls/:callId/screening')
@ProgrammeRoles('programme-administrator')
export class ScreeningController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly time: ProgrammeTime,
    private readonly store: EventStore,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiDoc({ summary: 'Start screening: every application is checked again', description: 'May be asked again, for what was submitted or corrected since.', example: { body: {} } })
  async start(@Param('programmeId', { schema: id }) programmeId: string, @Param('callId', { schema: id }) callId: string, @Body({ schema: nothing }) _: object, @Asking() asking: Asking) {
    const moment = await this.time.moment(programmeId, asking);
    const started = await this.commands.handle(call, callId, { type: 'start-screening', programmeId, by: asking.subject, at: moment.at }, asking.context());
    const answer = commandAnswer(started, rejections);
    // A crash half-way leaves checks that the same request, sent again, does not repeat.
    for (const received of await this.received(callId)) await this.check(received, moment, asking);
    return answer;
  }

  @Post('completion')
  @HttpCode(200)
  @ApiDoc({ summary: 'Complete screening: name the candidates', example: { body: {} } })
  async complete(@Param('programmeId', { schema: id }) programmeId: string, @Param('callId', { schema: id }) callId: string, @Body({ schema: nothing }) _: object, @Asking() asking: Asking) {
    const moment = await this.time.moment(programmeId, asking);
    const { text } = await requireRulebook(this.commands, programmeId, moment);
    const screened = (await this.received(callId)).map(screenedOf);
    const command = { type: 'complete-screening', programmeId, rulebookDigest: text.digest, applications: screened, by: asking.subject, at: moment.at } as const;
    return commandAnswer(await this.commands.handle(call, callId, command, asking.context({ rulebookDigest: text.digest })), rejections);
  }

  /** What was submitted and not withdrawn: found in the view once it has come to the log's head, read from the streams. */
  private async received(callId: string): Promise<readonly Received[]> {
    if (!(await this.views.reached(await this.store.head(), viewsWaitMsMax))) throw new Problem({ status: 503, code: 'position-not-reached' });
    const found: Received[] = [];
    for await (const { applicationId } of this.views.each(applications, { callId, submitted: true }, { kind: 'now' })) {
      const { state } = await this.commands.load(application, applicationId);
      if (state.status !== 'absent' && state.submission !== null && !state.withdrawn) found.push({ applicationId, state, submission: state.submission });
    }
    return found;
  }

  private async check({ applicationId, state }: Received, moment: Moment, asking: Asking): Promise<void> {
    const basis = await eligibilityBasis(this.commands, state, moment);
    const { expectedRevision: _, ...context } = asking.context({ rulebookDigest: basis.rulebook.text.digest });
    const command = { type: 'check-eligibility', programmeId: state.programmeId, applicationId, occasion: 'screening', basis, by: asking.subject, at: moment.at } as const;
    const handled = await this.commands.handle(application, applicationId, command, { ...context, commandId: uuidFrom(context.commandId, applicationId) });
    // Whoever withdraws in this very moment is not screened.
    if (handled.status !== 'rejected') commandAnswer(handled, rejections);
  }
}

/** What was found ineligible on submission, late ones above all, need not be looked at again; what goes on has been. */
const screenedOf = ({ applicationId, state, submission }: Received): Screened => {
  const { title, eligibility, provenance, status } = state;
  const { revision, members, requestedGpus, openness, budget } = submission;
  const screened = eligibility.some(({ occasion }) => occasion === 'screening');
  const evidence = [revision, ...eligibility.map((check) => check.revision)].map((each) => applicationEvent(applicationId, each));
  return { applicationId, title, members, requestedGpus, openness, budget, provenance, evidence, standing: status === 'ineligible' ? 'ineligible' : screened ? 'eligible' : 'unscreened' };
};
