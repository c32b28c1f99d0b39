import { rulebookEvents, type RulebookEvent } from './rulebook.events.js';

/** One enacted text; `revision` is that of its event. */
export type EnactedVersion = {
  readonly version: number;
  readonly revision: number;
  readonly document: string;
  readonly text: string;
  readonly digest: string;
  readonly validFrom: string;
  readonly validTo: string | null;
};

/** The rulebook of a programme, whose id is the programme's: all its versions, in the order in which they were enacted. */
export type ProgrammeRulebook = { readonly versions: readonly EnactedVersion[] };

const initial: ProgrammeRulebook = { versions: [] };

const evolve = ({ versions }: ProgrammeRulebook, { version, document, text, digest, validFrom, validTo }: RulebookEvent): ProgrammeRulebook => ({
  versions: [...versions, { version, revision: versions.length, document, text, digest, validFrom, validTo }],
});

/** The version that holds on a day: the latest of those that have begun. A text that has ended leaves no earlier one in force. */
export const versionOn = <V extends Pick<EnactedVersion, 'validFrom' | 'validTo'>>(versions: readonly V[], day: string): V | undefined => {
  const begun = versions.findLast(({ validFrom }) => validFrom <= day);
  return begun === undefined || (begun.validTo !== null && begun.validTo < day) ? undefined : begun;
};

export const rulebookStream = { category: 'rulebook', events: rulebookEvents, initial, evolve } as const;
