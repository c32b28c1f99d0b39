export const channel = 'program_ledger_broker';

export const sharingLimits = {
  /** Notifications of one process are this far apart at least. */
  tellEveryMs: 5,
  /** Notifications are a courtesy: what others appended is looked for this often anyway. */
  pollEveryMs: 500,
  /** How often a group that another process works for is asked for. */
  takeEveryMs: 250,
  connectTimeoutMs: 10_000,
  answerMsMax: 15_000,
} as const;
