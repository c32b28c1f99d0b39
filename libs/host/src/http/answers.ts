import { idOf, type DomainEvent, type Handled } from '@program-ledger/event-sourcing';
import type { Answer, Keyed, Page } from '@program-ledger/read-models';
import { Problem, type Rejections } from './problem.js';

/** The body of every command's answer. `position` is what `X-Min-Position` takes. */
export type CommandAnswer = { readonly id: string; readonly stream: string; readonly revision: number | null; readonly position: string };

/** A body with the headers that belong to it; the host's interceptor writes them. */
export class Answered<Body> {
  constructor(
    readonly body: Body,
    /** `head`: the log's head at the time of answering. */
    readonly position: bigint | 'head',
    /** Stream revision, where the answer is of one stream: the front of the ETag, what If-Match takes. */
    readonly revision: number | null,
  ) {}
}

/**
 * What a handled command answers: `{ id, stream, revision, position }` with `ETag` and `X-Log-Position`.
 * @throws Problem for a rejection (its entry), a reused key (422), a conflict (412 when If-Match was sent, else 409).
 */
export const commandAnswer = <Code extends string>(
  handled: Handled<DomainEvent, Code>,
  rejections: Rejections<Code>,
): Answered<Omit<CommandAnswer, 'position'>> => {
  const { stream } = handled;
  const id = idOf(stream);
  switch (handled.status) {
    case 'decided':
    case 'repeated':
      return new Answered({ id, stream, revision: handled.revision }, handled.position, handled.revision);
    case 'quiet': {
      const revision = handled.revision === 'none' ? null : handled.revision;
      return new Answered({ id, stream, revision }, 'head', revision);
    }
    case 'rejected': {
      const { rejected: code, details } = handled.rejection;
      const entry = rejections[code];
      throw new Problem({ status: entry.status, code, details, entry });
    }
    case 'key-reused':
      throw new Problem({ status: 422, code: 'idempotency-key-reused' });
    case 'conflict':
      throw new Problem({ status: 409, code: 'revision-conflict', details: { expected: handled.expected, actual: handled.actual } });
  }
};

/**
 * One row with `ETag` (revision) and `X-Log-Position`; `toBody` may throw a Problem for what is not the asker's.
 * @throws Problem 404 `not-found` when there is no such row at that position.
 */
export const viewAnswer = <Row, Body>(seen: Answer<Row> | undefined, toBody: (row: Keyed<Row>) => Body): Answered<Body> => {
  if (seen === undefined) throw new Problem({ status: 404, code: 'not-found' });
  return new Answered(toBody(seen.row), seen.position, seen.revision);
};

/** A page: `{ items, next }`, `next` being the cursor of the page after it, or null. */
export const pageAnswer = <Row, Body>(page: Page<Row>, toBody: (row: Keyed<Row>) => Body): Answered<{ items: Body[]; next: string | null }> =>
  new Answered({ items: page.rows.map(toBody), next: page.next }, page.position, null);
