import { canonicalJson, sha256 } from '@program-ledger/event-sourcing';
import { checkRulebook } from './checks.js';
import { issue, type RulebookIssue } from './rulebook-issue.js';
import { rulebookDocument, type Rulebook } from './rulebook.js';

export class RulebookInvalid extends Error {
  override readonly name = 'RulebookInvalid';
  constructor(
    readonly issues: readonly RulebookIssue[],
    options?: ErrorOptions,
  ) {
    super(issues.map(({ code, pointer, message }) => `${code} at ${pointer === '' ? 'the document' : pointer}: ${message}`).join('\n'), options);
  }
}

/** Length in UTF-16 code units of what one event can carry beside everything else. */
export const rulebookLimits = { textLengthMax: 131_072, parsedRememberedMax: 32 } as const;

/**
 * The text as it is enacted: RFC 8785, so that a rulebook has one digest however it was indented.
 * @throws RulebookInvalid when it is no JSON, or too long.
 */
export const canonicalRulebookText = (text: string): string => {
  const canonical = canonicalJson(parseJson(text));
  if (canonical.length > rulebookLimits.textLengthMax)
    throw new RulebookInvalid([{ code: 'too-long', pointer: '', message: `${canonical.length} of at most ${rulebookLimits.textLengthMax}` }]);
  return canonical;
};

/** SHA-256 of the canonical text. */
export const rulebookDigest = (text: string): string => sha256(canonicalRulebookText(text));

/** Parsing is pure and a rulebook is asked of thousands of times: the last few are remembered. Only consistent ones. */
const remembered = new Map<string, Rulebook>();

/** @throws RulebookInvalid with every issue that was found: first of the form, then, if the form holds, of the meaning. */
export const parseRulebook = (text: string): Rulebook => {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const rulebook = parse(canonicalRulebookText(text));
  const [oldest] = remembered.keys();
  if (oldest !== undefined && remembered.size >= rulebookLimits.parsedRememberedMax) remembered.delete(oldest);
  remembered.set(text, rulebook);
  return rulebook;
};

const parse = (canonical: string): Rulebook => {
  const parsed = rulebookDocument.safeParse(JSON.parse(canonical));
  if (!parsed.success)
    throw new RulebookInvalid(
      parsed.error.issues.map(({ path, message }) => issue('form', path.map((key) => `/${String(key)}`).join(''), message)),
      { cause: parsed.error },
    );
  const issues = checkRulebook(parsed.data);
  if (issues.length > 0) throw new RulebookInvalid(issues);
  return frozen({ ...parsed.data, digest: sha256(canonical) });
};

/** Frozen all the way down: whoever asks next gets the same. */
const frozen = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RulebookInvalid([{ code: 'json', pointer: '', message: 'no JSON text' }], { cause: error });
  }
};
