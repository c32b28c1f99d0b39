import type { Issue } from '@program-ledger/messaging';
import type { Views } from '@program-ledger/read-models';

/** Something that a service does by itself when programme time reaches `at`. */
export type Due = {
  /** Stable: the same timer has the same id however often it is asked for. */
  readonly id: string;
  readonly at: string;
  /** Its command carries `at` as the time; refusing it is a defect, so deciders stay quiet when there is nothing left to do. */
  readonly issue: Issue;
};

/** Where a service finds what is due: read from its views, which have come to the head of the log when it is asked. */
export type TimerSource = {
  /** kebab-case, unique in its service and kept for ever: part of the command ids. */
  readonly name: string;
  /** Everything with `at` not later than `until` that has not been done; nothing that has. */
  readonly due: (views: Views, programmeId: string, until: string) => Promise<readonly Due[]>;
};
