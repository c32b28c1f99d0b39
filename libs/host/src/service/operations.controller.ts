import { Body, Controller, Get, HttpCode, Param, Post, type Type } from '@nestjs/common';
import type { DeadLetter } from '@program-ledger/messaging';
import { id } from '@program-ledger/contracts/vocabulary';
import { z } from 'zod';
import { ApiDoc } from '../http/api-doc.js';
import { Asking } from '../http/asking.js';
import { Problem } from '../http/problem.js';
import { Authenticated, PlatformRoles } from '../identity/access.js';

/** A stream that a view could not go on with, as an operator sees it. */
export type ParkedStream = { readonly view: string; readonly stream: string; readonly revision: number; readonly position: string; readonly eventType: string; readonly reason: string };

/** What an operator can look at and set going again in one service. */
export abstract class Operations {
  abstract parked(): Promise<readonly ParkedStream[]>;
  /** Folds the stream again from where it stopped; `parked` when it stopped again, undefined when it was not parked. */
  abstract retry(view: string, stream: string): Promise<'resumed' | 'parked' | undefined>;
  /** Builds the table of a view anew beside the live one and swaps; undefined for a view that the service does not have. */
  abstract rebuild(view: string): Promise<RebuiltView | undefined>;
  abstract deadLetters(): Promise<readonly DeadLetter[]>;
  /** Hands the letters of a key to the group again and answers how many. */
  abstract redrive(group: string, key: string): Promise<number>;
}

const parkedSchema = z.strictObject({ view: z.string(), stream: z.string(), revision: z.int(), position: z.string(), eventType: z.string(), reason: z.string() });
const rebuiltSchema = z.strictObject({ view: z.string(), position: z.string(), eventsRead: z.int(), rowsWritten: z.int(), milliseconds: z.int(), same: z.boolean().nullable() });
/** How a rebuild went; `same` says whether the live table held the same, null when that could not be compared. */
export type RebuiltView = z.infer<typeof rebuiltSchema>;
const retrySchema = z.strictObject({ view: z.string().max(64), stream: z.string().max(200) });
const redriveSchema = z.strictObject({ group: z.string().max(128), key: z.string().max(200) });
const rolesSchema = z.strictObject({ subject: z.string(), roles: z.array(z.string()) });
const letterSchema = z.strictObject({
  group: z.string(),
  topic: z.string(),
  key: z.string(),
  type: z.string(),
  id: z.string(),
  cause: z.strictObject({ code: z.string(), message: z.string() }),
  redriving: z.boolean(),
});
type Retry = z.infer<typeof retrySchema>;
type Redrive = z.infer<typeof redriveSchema>;

const example = { view: 'grant-overview', stream: 'grant-6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11' };

/** The routes under `/<service>/operations`, the same in every service, and the one that tells people their own roles. */
export const operationsController = (service: string): Type => {
  @Controller(service)
  class OperationsController {
    constructor(private readonly operations: Operations) {}

    @Get('programmes/:programmeId/roles/mine')
    @Authenticated('it answers about the asker only')
    @ApiDoc({ summary: 'The roles that this service knows the asker to have in a programme', answer: rolesSchema })
    mine(@Param('programmeId', { schema: id }) _: string, @Asking() { subject, roles }: Asking) {
      return { subject, roles: [...roles].sort() };
    }

    @Get('operations/parked')
    @PlatformRoles('operator')
    @ApiDoc({ summary: 'Streams that a view could not go on with', answer: z.strictObject({ items: z.array(parkedSchema) }) })
    async parked() {
      return { items: await this.operations.parked() };
    }

    @Post('operations/parked/retry')
    @HttpCode(200)
    @PlatformRoles('operator')
    @ApiDoc({ summary: 'Fold a parked stream again', answer: z.strictObject({ outcome: z.enum(['resumed', 'parked']) }), example: { body: example } })
    async retry(@Body({ schema: retrySchema }) { view, stream }: Retry) {
      return { outcome: (await this.operations.retry(view, stream)) ?? absent('/stream') };
    }

    @Post('operations/views/:view/rebuild')
    @HttpCode(200)
    @PlatformRoles('operator')
    @ApiDoc({ summary: 'Build a view anew from the log beside the live one, then swap', answer: rebuiltSchema })
    async rebuild(@Param('view', { schema: z.string().max(64) }) view: string) {
      return (await this.operations.rebuild(view)) ?? absent('path:view');
    }

    @Get('operations/dead-letters')
    @PlatformRoles('operator')
    @ApiDoc({ summary: 'Messages that this service could not take, and those that follow them', answer: z.strictObject({ items: z.array(letterSchema) }) })
    async deadLetters() {
      return { items: (await this.operations.deadLetters()).map(letterOf) };
    }

    @Post('operations/dead-letters/redrive')
    @HttpCode(200)
    @PlatformRoles('operator')
    @ApiDoc({ summary: 'Hand the dead letters of a key out again, in order', answer: z.strictObject({ letters: z.int() }), example: { body: { group: service, key: example.stream } } })
    async redrive(@Body({ schema: redriveSchema }) { group, key }: Redrive) {
      if (group !== service && !group.startsWith(`${service}.`)) absent('/group');
      return { letters: await this.operations.redrive(group, key) };
    }
  }
  return OperationsController;
};

const absent = (field: string): never => {
  throw new Problem({ status: 404, code: 'not-found', field });
};

/** Without its data: an operator has to know which message failed and why, not what it says. */
const letterOf = ({ group, topic, key, headers, cause, redriving }: DeadLetter) => ({ group, topic, key, type: headers['ce_type'] ?? '', id: headers['ce_id'] ?? '', cause, redriving });
