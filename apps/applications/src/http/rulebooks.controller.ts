import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { enactRulebook, rulebookVersionAnswer, rulebookVersionsAnswer, type EnactRulebook } from '@program-ledger/contracts/applications';
import { day, id } from '@program-ledger/contracts/vocabulary';
import { Commands } from '@program-ledger/event-sourcing';
import { ApiDoc, AsOfQuery, Asking, Authenticated, commandAnswer, PageQuery, pageAnswer, Problem, ProgrammeRoles, viewAnswer, type PageAsked } from '@program-ledger/host';
import { Views, type AsOf, type Keyed, type RowOf } from '@program-ledger/read-models';
import { z } from 'zod';
import { rulebook } from '../domain/rulebook/rulebook.decider.js';
import { versionOn } from '../domain/rulebook/rulebook.state.js';
import { rulebookVersionKey, rulebookVersions } from '../projections/rulebooks.projection.js';
import { ProgrammeTime } from './programme-time.js';
import { rejections } from './rejections.js';

const versionNumber = z.coerce.number().int().min(1).max(100_000);

/** The rules of a programme: every version, who changed it, when and why. Rules are public. */
@Controller('applications/programmes/:programmeId/rulebook')
export class RulebooksController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly time: ProgrammeTime,
  ) {}

  @Post()
  @ProgrammeRoles('programme-administrator')
  @ApiDoc({ summary: 'Enact a version of the rulebook', description: 'A later version holds from a day that has not begun.', example: { body: { text: '{"format":1}', reason: 'first version' } } })
  async enact(@Param('programmeId', { schema: id }) programmeId: string, @Body({ schema: enactRulebook }) body: EnactRulebook, @Asking() asking: Asking) {
    const { at, timeZone, rehearsal } = await this.time.moment(programmeId, asking);
    const command = { type: 'enact-rulebook', programmeId, ...body, timeZone, rehearsal, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(rulebook, programmeId, command, asking.context()), rejections);
  }

  @Get('versions')
  @Authenticated('rules are public')
  @ApiDoc({ summary: 'Versions of the rulebook, without their texts', answer: rulebookVersionsAnswer })
  async list(@Param('programmeId', { schema: id }) programmeId: string, @PageQuery() page: PageAsked, @AsOfQuery() asOf: AsOf) {
    return pageAnswer(await this.views.list(rulebookVersions, { programmeId }, page, asOf), (row) => withoutText(versionBody(row)));
  }

  @Get('versions/:version')
  @Authenticated('rules are public')
  @ApiDoc({ summary: 'One version with its text', answer: rulebookVersionAnswer })
  async one(@Param('programmeId', { schema: id }) programmeId: string, @Param('version', { schema: versionNumber }) version: number, @AsOfQuery() asOf: AsOf) {
    return viewAnswer(await this.views.one(rulebookVersions, rulebookVersionKey(programmeId, version), asOf), versionBody);
  }

  @Get('in-force')
  @Authenticated('rules are public')
  @ApiDoc({ summary: 'The version in force on a day', answer: rulebookVersionAnswer })
  async inForce(@Param('programmeId', { schema: id }) programmeId: string, @Query('on', { schema: day }) on: string, @AsOfQuery() asOf: AsOf) {
    const position = await this.views.positionAt(asOf);
    const { rows } = await this.views.list(rulebookVersions, { programmeId, inForceFrom: { atMost: on } }, { limit: 1_000 }, { kind: 'position', position });
    const version = versionOn(rows.map((row) => ({ ...row, validFrom: row.inForceFrom, validTo: row.inForceTo })), on);
    if (version === undefined) throw new Problem({ status: 404, code: 'not-found' });
    return viewAnswer({ row: version, revision: version.revision, position }, versionBody);
  }
}

type VersionRow = Keyed<RowOf<typeof rulebookVersions.table>>;

const versionBody = ({ key, programmeId, version, digest, inForceFrom, inForceTo, reason, enactedBy, enactedAt, text }: VersionRow) => ({
  id: key,
  programmeId,
  version,
  digest,
  validFrom: inForceFrom,
  validTo: inForceTo,
  reason,
  enactedBy,
  enactedAt,
  text,
});

const withoutText = ({ text: _, ...version }: ReturnType<typeof versionBody>) => version;
