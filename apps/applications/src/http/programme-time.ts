import type { Commands } from '@program-ledger/event-sourcing';
import { Problem, type Asking } from '@program-ledger/host';
import { ProgrammeUnknown, type ProgrammeClocks } from '@program-ledger/programme-directory';
import { programme } from '../domain/programme/programme.decider.js';
import { rejections, type ApplicationsRejection } from './rejections.js';

/** What dates a command of one programme. */
export type Moment = { readonly at: string; readonly timeZone: string; readonly rehearsal: boolean };

/** Programme time at the rim: that of the followed clock in a rehearsal, that of the request's arrival otherwise. */
export class ProgrammeTime {
  constructor(
    private readonly clocks: ProgrammeClocks,
    private readonly commands: Commands,
    /** Of the instance. */
    readonly rehearsal: boolean,
  ) {}

  /** @throws Problem 404 for an unknown programme, 409 for a closed one. */
  async moment(programmeId: string, asking: Asking): Promise<Moment> {
    const { closed, ...moment } = await this.anyMoment(programmeId, asking);
    if (closed) throw refusal('programme-closed');
    return moment;
  }

  /** Also of a closed programme: for what may be asked again after it was closed. @throws Problem 404 */
  async anyMoment(programmeId: string, { receivedAt }: Asking): Promise<Moment & { readonly closed: boolean }> {
    const { state } = await this.commands.load(programme, programmeId);
    if (state.status === 'absent') throw refusal('unknown-programme');
    const { timeZone, rehearsal, startsAt } = state;
    return { at: rehearsal ? await this.followed(programmeId, startsAt) : receivedAt, timeZone, rehearsal, closed: state.status === 'closed' };
  }

  /** The clock that this service has followed; a programme that it has not yet heard of by message is at its beginning. */
  private async followed(programmeId: string, startsAt: string): Promise<string> {
    try {
      return await this.clocks.now(programmeId);
    } catch (error) {
      if (error instanceof ProgrammeUnknown) return startsAt;
      throw error;
    }
  }
}

/** A rejection that is found before any decider is asked. */
export const refusal = (code: ApplicationsRejection, details: Readonly<Record<string, string>> = {}): Problem => new Problem({ status: rejections[code].status, code, details, entry: rejections[code] });
