/* eslint-disable max-params -- the decorated parameters are how a route declares what it takes */
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Put, StreamableFile } from '@nestjs/common';
import { attachmentMediaTypes, attachmentName } from '@program-ledger/contracts/applications';
import { id } from '@program-ledger/contracts/vocabulary';
import { Commands } from '@program-ledger/event-sourcing';
import { AcceptsBytes, ApiDoc, AsOfQuery, Asking, Authenticated, commandAnswer, Problem, ReceivedBytes } from '@program-ledger/host';
import { Views, type AsOf } from '@program-ledger/read-models';
import { z } from 'zod';
import { application } from '../domain/application/application.decider.js';
import { applicationsLimits } from '../domain/vocabulary.js';
import { applications } from '../projections/applications.projection.js';
import { inProgramme } from './answering.js';
import { ArtefactDiffers, ArtefactStore, ArtefactTooLarge, type Stored } from './artefact-store.js';
import { announcedDigest, isOfType } from './attachment-content.js';
import { existingApplication, leadOf } from './own-application.js';
import { applicationsOf, forMembers, notYours, readsAll, requireRepresentative } from './people.js';
import { ProgrammeTime, refusal } from './programme-time.js';
import { rejections } from './rejections.js';

const mediaTypeSchema = z.enum(attachmentMediaTypes);

/** Files of an application: their bytes lie in the artefact store under their SHA-256, the log holds name, size and digest. */
@Controller('applications/programmes/:programmeId/applications/:applicationId/attachments')
export class AttachmentsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly time: ProgrammeTime,
    private readonly artefacts: ArtefactStore,
  ) {}

  @Put(':name')
  @Authenticated('representatives of the lead')
  @AcceptsBytes(...attachmentMediaTypes)
  @ApiDoc({ summary: 'Attach a file, or put another in its place', description: '`Content-Digest: sha-256=:…:` (RFC 9530) is compared with what came.' })
  async put(
    @Param('programmeId', { schema: id }) programmeId: string,
    @Param('applicationId', { schema: id }) applicationId: string,
    @Param('name', { schema: attachmentName }) name: string,
    @Headers('content-type') contentType: string | undefined,
    @Headers('content-digest') contentDigest: string | undefined,
    @Body() body: ReceivedBytes | undefined,
    @Asking() asking: Asking,
  ) {
    const at = await this.asLead(programmeId, applicationId, asking);
    if (body === undefined || body.bytes === 0) throw refusal('attachment-empty');
    const mediaType = mediaTypeSchema.parse(contentType?.split(';', 1)[0]?.trim().toLowerCase());
    if (!(await isOfType(mediaType, body.read()))) throw refusal('attachment-content-differs', { mediaType });
    // Bytes first: a crash before the command leaves bytes that no event names, never an event without its bytes.
    const { digest, bytes } = await this.store(body, contentDigest);
    const command = { type: 'add-attachment', programmeId, attachment: { name, mediaType, bytes, digest }, by: asking.subject, at } as const;
    return commandAnswer(await this.commands.handle(application, applicationId, command, asking.context()), rejections);
  }

  @Delete(':name')
  @HttpCode(200)
  @Authenticated('representatives of the lead')
  @ApiDoc({ summary: 'Take an attachment out of a draft', description: 'The log still says that it was there.' })
  async remove(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Param('name', { schema: attachmentName }) name: string, @Asking() asking: Asking) {
    const at = await this.asLead(programmeId, applicationId, asking);
    return commandAnswer(await this.commands.handle(application, applicationId, { type: 'remove-attachment', programmeId, name, by: asking.subject, at }, asking.context()), rejections);
  }

  @Get(':name')
  @Authenticated(forMembers)
  @ApiDoc({ summary: 'The bytes of an attachment', answer: z.string().meta({ description: 'As they were sent.' }) })
  async get(@Param('programmeId', { schema: id }) programmeId: string, @Param('applicationId', { schema: id }) applicationId: string, @Param('name', { schema: attachmentName }) name: string, @AsOfQuery() asOf: AsOf, @Asking() asking: Asking) {
    if (!readsAll(asking) && !(await applicationsOf(this.views, asking, { kind: 'now' })).includes(applicationId)) throw notYours();
    const seen = inProgramme(programmeId, await this.views.one(applications, applicationId, asOf));
    const attachment = seen?.row.state.attachments.find((one) => one.name === name);
    if (attachment === undefined) throw refusal('unknown-attachment', { name });
    const bytes = await this.artefacts.get(attachment.digest);
    if (bytes === undefined) throw new Error(`the artefact store has lost ${attachment.digest}`);
    return new StreamableFile(bytes, { type: attachment.mediaType, length: attachment.bytes, disposition: `attachment; filename*=UTF-8''${encodeURIComponent(name)}` });
  }

  private async asLead(programmeId: string, applicationId: string, asking: Asking): Promise<string> {
    const state = await existingApplication(this.commands, programmeId, applicationId);
    await requireRepresentative(this.commands, leadOf(state), asking);
    if (state.status !== 'draft') throw refusal('not-draft', { status: state.status });
    return (await this.time.moment(programmeId, asking)).at;
  }

  private async store(body: ReceivedBytes, contentDigest: string | undefined): Promise<Stored> {
    const announced = announcedDigest(contentDigest);
    if (contentDigest !== undefined && announced === undefined) throw new Problem({ status: 400, code: 'request-invalid', field: [{ pointer: 'header:Content-Digest', detail: 'sha-256=:<base64>:' }] });
    try {
      return await this.artefacts.put(body.read(), { bytesMax: applicationsLimits.attachmentBytesMax, ...(announced !== undefined && { announced }) });
    } catch (error) {
      if (error instanceof ArtefactDiffers) throw refusal('attachment-digest-differs', { sent: error.announced, found: error.found });
      if (error instanceof ArtefactTooLarge) throw new Problem({ status: 413, code: 'body-too-large', details: { limit: error.bytesMax } });
      throw error;
    }
  }
}
