import { Problem } from '@program-ledger/host';
import type { Views } from '@program-ledger/read-models';
import { z } from 'zod';
import { servicesBehind } from '../domain/programme-process/programme-process.state.js';
import { programmeProcesses } from '../projections/programmes.projection.js';
import { problems } from './rejections.js';

/** The service's own part of the environment. */
export const applicationsSettings = z.object({
  APPLICATIONS_CLOCK_FOLLOWERS: z
    .string()
    .regex(/^[a-z-]+(,[a-z-]+)*$/)
    .default('applications,review,gpu-grants,funding')
    .describe('services that follow the clocks of programmes, separated by commas'),
  APPLICATIONS_CLOCK_WAIT_SECONDS: z.coerce.number().int().min(1).max(55).default(30).describe('how long setting a clock waits for them'),
});

/** Waits until a programme's process has heard from every service that it has come to a time. */
export class ClockFollowing {
  readonly followers: readonly string[];
  private readonly waitMs: number;

  constructor(
    private readonly views: Views,
    settings: z.output<typeof applicationsSettings>,
  ) {
    this.followers = settings.APPLICATIONS_CLOCK_FOLLOWERS.split(',');
    this.waitMs = settings.APPLICATIONS_CLOCK_WAIT_SECONDS * 1_000;
  }

  /** @throws Problem 503 naming the services that have not followed within the time. */
  async followed(programmeId: string, to: string): Promise<void> {
    const deadline = performance.now() + this.waitMs;
    for (;;) {
      const seen = await this.views.position();
      const behind = await this.behind(programmeId, to);
      if (behind.length === 0) return;
      const left = deadline - performance.now();
      if (left <= 0) throw new Problem({ status: 503, code: 'clock-not-followed', details: { waitingFor: behind.join(', ') }, entry: problems['clock-not-followed'] });
      await this.views.reached(seen + 1n, left);
    }
  }

  /** All of them, as long as the process has not heard of the time itself. */
  private async behind(programmeId: string, to: string): Promise<readonly string[]> {
    const row = (await this.views.one(programmeProcesses, programmeId, { kind: 'now' }))?.row;
    const heard = row?.state.clock ?? null;
    if (row === undefined || heard === null || heard.to < to) return this.followers;
    return servicesBehind(row.state).map(({ id }) => id);
  }
}
