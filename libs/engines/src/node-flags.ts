/**
 * Flags of Node for the process of one service. The young generation of its heap grows to three times this many MiB, where Node would let it
 * grow to 48: some 20 MiB less in each process, for a few commands in a hundred where a process is at the limit of its core.
 */
export const serviceNodeFlags = ['--max-semi-space-size=4'] as const;
