import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { poolAnswer, stockPool, type StockPool } from '@program-ledger/contracts/gpu-grants';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, commandAnswer, ProgrammeRoles, viewAnswer } from '@program-ledger/host';
import { ProgrammeClocks } from '@program-ledger/programme-directory';
import { Views, type AsOf } from '@program-ledger/read-models';
import { poolIdOf } from '../domain/identities.js';
import { pool } from '../domain/pool/pool.decider.js';
import { pools } from '../projections/pools.projection.js';
import { officials, shownPool } from './answering.js';
import { poolExample } from './examples.js';
import { rejections } from './rejections.js';

/** What a programme has to give. */
@Controller('gpu-grants/programmes/:programmeId/pool')
export class PoolsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clocks: ProgrammeClocks,
  ) {}

  @Get()
  @ProgrammeRoles(...officials)
  @ApiDoc({ summary: 'The pool: plan, capacity over time, what is out now and was at most, who waits', answer: poolAnswer, example: { answer: poolExample } })
  async one(@Param('programmeId', { schema: id }) programmeId: string, @AsOfQuery() asOf: AsOf) {
    return viewAnswer(await this.views.one(pools, poolIdOf(programmeId), asOf), shownPool);
  }

  @Post('stock')
  @HttpCode(200)
  @ProgrammeRoles('gpu-operator')
  @ApiDoc({
    summary: 'State how many GPUs the pool has from a day on',
    description: 'More or fewer than before, until the next change; never fewer than are promised or out. Asks that wait are answered at once.',
    example: { body: { capacity: 640, from: '2030-03-01', reason: 'The second hall is in operation.' } },
  })
  async stock(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Body({ schema: stockPool }) { capacity, from, reason }: StockPool,
    @Asking() asking: Asking,
  ) {
    const at = await this.clocks.now(programmeId);
    const command = { type: 'stock-pool', programmeId, stock: { capacity, from }, reason, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(pool, poolIdOf(programmeId), command, asking.context()), rejections);
  }
}
