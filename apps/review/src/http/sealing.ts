import { canonicalJson, sha256 } from '@program-ledger/event-sourcing';
import { secret } from '@program-ledger/host';
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { z } from 'zod';
import { scores as scoresSchema, type Score, type Seal } from '../domain/assessment/assessment.events.js';
import { commitmentTo } from '../domain/panel/commitment.js';

export const reviewSettings = z.object({
  REVIEW_SEALING_SECRET: secret(z.string().min(32).max(200), { madeInRehearsal: true }).describe(
    'from which the key of each panel is derived; who holds it can read sealed scores',
  ),
});

/** What a reviewer says of one subject. */
export type Judgement = { readonly scores: readonly Score[]; readonly opinion: string };

/** Where a judgement belongs: its seal fits nowhere else. `commandId` makes a repeated request seal alike. */
type Place = { readonly panelId: string; readonly assessmentId: string; readonly commandId: string };

const sealed = z.strictObject({ scores: scoresSchema, opinion: z.string(), salt: z.string() });
export type Sealed = z.infer<typeof sealed>;

const algorithm = 'aes-256-gcm';
const tagBytes = 16;
/** Plain text is filled up to a multiple of this, so that its length does not tell a 9 from a 100. */
const blockBytes = 1024;

/**
 * Keeps scores unreadable until the opening: AES-256-GCM under a key of the panel, which HKDF (RFC 5869) derives from one secret. Salt and
 * nonce are derived, too, from names that are never used twice, so that the same request always seals to the same bytes.
 */
export class Sealing {
  constructor(private readonly secret: string) {}

  /** The panel's key, base64: a secret until the opening publishes it. */
  keyOf(panelId: string): string {
    return this.derive(`key ${panelId}`).toString('base64');
  }

  seal({ panelId, assessmentId, commandId }: Place, { scores, opinion }: Judgement): Seal {
    const salt = this.derive(`salt ${assessmentId} ${commandId}`).toString('base64');
    const plain = filledUp(Buffer.from(canonicalJson({ scores, opinion, salt })));
    // From the text itself, so that no two texts ever share a nonce under one key.
    const nonce = createHmac('sha256', this.derive(`nonce ${assessmentId}`))
      .update(plain)
      .digest()
      .subarray(0, 12);
    const cipher = createCipheriv(algorithm, this.derive(`key ${panelId}`), nonce).setAAD(Buffer.from(assessmentId));
    const ciphertext = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64');
    return { ciphertext, nonce: nonce.toString('base64'), commitment: commitmentTo({ assessmentId, scores, opinionDigest: sha256(opinion), salt }) };
  }

  /** The digest of a request is the digest of guessable scores: recorded in the open, it would be their dictionary. */
  blinded(digest: string): string {
    return `sha256:${createHmac('sha256', this.derive('command digests')).update(digest).digest('hex')}`;
  }

  private derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.secret, 'program-ledger review', purpose, 32));
  }
}

/**
 * Breaks a seal with the panel's key: what anybody can do who has the published key, the assessment's id and its `scores-sealed` event.
 * @throws Error when key, id, nonce or ciphertext do not belong together.
 */
export const unseal = (key: string, assessmentId: string, { ciphertext, nonce }: Seal): Sealed => {
  const bytes = Buffer.from(ciphertext, 'base64');
  const decipher = createDecipheriv(algorithm, Buffer.from(key, 'base64'), Buffer.from(nonce, 'base64')).setAAD(Buffer.from(assessmentId));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const plain = Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]);
  return sealed.parse(JSON.parse(plain.toString('utf8')));
};

/** JSON allows spaces after its end. */
const filledUp = (text: Buffer): Buffer => Buffer.concat([text, Buffer.alloc((blockBytes - (text.length % blockBytes)) % blockBytes, ' ')]);
