import type { JsonObject } from '@program-ledger/event-sourcing';

/** The languages of everything that people read. */
export type Language = 'ko' | 'en';

/** What one code says to people; `{name}` stands for the detail of that name. */
export type ProblemEntry = { readonly status: number; readonly ko: string; readonly en: string };

/** A rejection at the rim: 403 not yours, 404 not there, 409 not now, 422 never like this. */
export type RejectionEntry = ProblemEntry & { readonly status: 403 | 404 | 409 | 422 };

/** Every rejection of an aggregate with its sentence: `satisfies Rejections<GrantRejection>` fails when a code is missing. */
export type Rejections<Code extends string = string> = Readonly<Record<Code, RejectionEntry>>;

/** A place in the request that is at fault: RFC 6901 pointer into the body, or `query:name`, `header:name`, `path:name`. */
export type FieldFault = { readonly pointer: string; readonly detail: string | Readonly<Record<Language, string>> };

/** A rule of the rulebook that failed, with the facts that failed it. */
export type RuleFault = { readonly id: string; readonly facts?: JsonObject };

export type ProblemFields = {
  readonly status: number;
  /** Stable, kebab-case; has an entry in the service's or the host's catalogue. */
  readonly code: string;
  /** Parameters of the sentence; answered as they are. */
  readonly details?: JsonObject;
  /** The one place at fault, or every one with its own sentence. */
  readonly field?: string | readonly FieldFault[];
  /** Every failing rule, not the first. */
  readonly rules?: readonly RuleFault[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The sentence, when it comes with the code and not from a catalogue. */
  readonly entry?: ProblemEntry;
};

/** Thrown at the rim only; answered as RFC 9457 problem details in Korean or English. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly fields: ProblemFields,
    options?: ErrorOptions,
  ) {
    super(`${fields.status} ${fields.code}`, options);
  }
}
