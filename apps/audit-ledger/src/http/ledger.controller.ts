import { Controller, Get, Param, Query } from '@nestjs/common';
import { EventStore, type Position } from '@program-ledger/event-sourcing';
import { auditLimits, ledgerPage, ledgerSummary, logPosition, recomputation, serviceOfCategory, streamName } from '@program-ledger/contracts/audit-ledger';
import { id } from '@program-ledger/contracts/vocabulary';
import { Answered, ApiDoc, AsOfQuery, PlatformRoles, Problem } from '@program-ledger/host';
import { type AsOf } from '@program-ledger/read-models';
import { z } from 'zod';
import { LedgerIndex } from './ledger-index.js';
import { recomputeLog } from './recompute.js';
import { causeIdOf, readPlace, shown } from './shown-event.js';

const after = logPosition.default('0');
const limit = z.coerce.number().int().min(1).max(auditLimits.historyPageMax).default(100);
const waitMsMax = 10_000;

/** The whole of what happened, for auditors. Nothing here decides or writes. */
@Controller('audit-ledger')
@PlatformRoles('auditor')
export class LedgerController {
  constructor(
    private readonly store: EventStore,
    private readonly index: LedgerIndex,
  ) {}

  @Get('history/:entityId')
  @ApiDoc({ summary: 'Everything that concerns an application, call, panel, grant, agreement, organisation or programme, across services', answer: ledgerPage })
  async history(@Param('entityId', { schema: id }) entityId: string, @Query('cursor', { schema: after }) cursor: string, @Query('limit', { schema: limit }) max: number, @AsOfQuery() asOf: AsOf) {
    const upTo = await this.upTo(asOf);
    return this.page(upTo, max, await this.index.historyOf(entityId, BigInt(cursor), upTo, max + 1));
  }

  @Get('streams/:stream')
  @ApiDoc({ summary: 'Every event of one stream, up to any position', answer: ledgerPage })
  async stream(@Param('stream', { schema: streamName }) stream: string, @Query('cursor', { schema: after }) cursor: string, @Query('limit', { schema: limit }) max: number, @AsOfQuery() asOf: AsOf) {
    const upTo = await this.upTo(asOf);
    return this.page(upTo, max, await this.index.streamOf(stream, BigInt(cursor), upTo, max + 1));
  }

  @Get('events')
  @ApiDoc({ summary: 'The log, in order', answer: ledgerPage })
  async events(@Query('cursor', { schema: after }) cursor: string, @Query('limit', { schema: limit }) max: number, @AsOfQuery() asOf: AsOf) {
    const upTo = await this.upTo(asOf);
    return this.page(upTo, max, await this.index.everything(BigInt(cursor), upTo, max + 1));
  }

  @Get('summary')
  @ApiDoc({ summary: 'How many events the log holds, by service', answer: ledgerSummary })
  async summary(@AsOfQuery() asOf: AsOf) {
    const upTo = await this.upTo(asOf);
    const counts = new Map<string, number>();
    for (const { category, events } of await this.index.countByCategory(upTo)) {
      const service = serviceOfCategory[category] ?? 'unknown';
      counts.set(service, (counts.get(service) ?? 0) + events);
    }
    const byService = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([service, events]) => ({ service, events }));
    return new Answered({ events: byService.reduce((sum, { events }) => sum + events, 0), headPosition: String(upTo), byService }, upTo, null);
  }

  @Get('recompute')
  @ApiDoc({ summary: 'Every eligibility, ranking, gate and contribution of the log evaluated again, inputs read again from their references', answer: recomputation })
  async recompute(@AsOfQuery() asOf: AsOf) {
    const upTo = await this.upTo(asOf);
    return new Answered(await recomputeLog(this.store, upTo), upTo, null);
  }

  /** The position an answer is of; the index is waited for, so that nothing that was in the log when the request came is missing. */
  private async upTo(asOf: AsOf): Promise<Position> {
    const head = await this.store.head();
    const wanted = await this.positionOf(asOf, head);
    if (!(await this.index.reached(wanted, waitMsMax))) throw new Problem({ status: 503, code: 'ledger-behind', headers: { 'retry-after': '1' } });
    return wanted;
  }

  private async positionOf(asOf: AsOf, head: Position): Promise<Position> {
    switch (asOf.kind) {
      case 'now':
        return head;
      case 'position':
        if (asOf.position > head) throw new Problem({ status: 422, code: 'position-ahead', field: 'query:asOf' });
        return asOf.position;
      case 'instant':
        return this.store.positionAt(asOf.instant);
      case 'programme-time':
        throw new Problem({ status: 400, code: 'programme-time-not-here', field: 'query:programmeAsOf' });
    }
  }

  private async page(upTo: Position, max: number, found: Awaited<ReturnType<LedgerIndex['historyOf']>>) {
    const places = found.slice(0, max);
    const events = await Promise.all(places.map((place) => readPlace(this.store, place)));
    const causes = await this.index.causes(events.flatMap((event) => (event ? [causeIdOf(event)] : [])));
    const items = events.map((event, index) => {
      const place = places[index]!;
      if (event === undefined) throw new Problem({ status: 500, code: 'event-missing', details: { stream: place.stream, revision: place.revision } });
      return shown(event, place, causes);
    });
    return new Answered({ items, next: found.length > max ? String(places.at(-1)!.position) : null }, upTo, null);
  }
}
