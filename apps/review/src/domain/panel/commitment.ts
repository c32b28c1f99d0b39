import { canonicalJson, sha256 } from '@program-ledger/event-sourcing';
import type { Score } from '../assessment/assessment.events.js';

/** What a commitment binds: whose assessment, which scores, which opinion. The salt hides it, since scores could be guessed. */
export type Committed = { readonly assessmentId: string; readonly scores: readonly Score[]; readonly opinionDigest: string; readonly salt: string };

/** SHA-256 of the canonical JSON of what is committed to: anybody can compute it once the panel's scores are opened. */
export const commitmentTo = ({ assessmentId, scores, opinionDigest, salt }: Committed): string =>
  sha256(canonicalJson({ assessmentId, scores, opinionDigest, salt }));
