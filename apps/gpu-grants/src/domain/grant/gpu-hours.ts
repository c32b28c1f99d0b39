import { daysFrom } from '@program-ledger/rulebook';

const msOfHour = 3_600_000n;
const msOfDay = 24n * msOfHour;

/** GPUs times the time between two instants, in whole GPU-hours: the last one that was begun does not count. */
export const gpuHoursBetween = (gpus: number, from: string, to: string): string => ((BigInt(gpus) * (sinceEpoch(to) - sinceEpoch(from))) / msOfHour).toString();

/** Milliseconds since 1970 of an instant `YYYY-MM-DDTHH:MM:SS.sssZ`, which is what every stored instant looks like. */
const sinceEpoch = (instant: string): bigint => {
  const [day = '', time = ''] = instant.split('T');
  const [hours = '', minutes = '', seconds = ''] = time.replace('Z', '').split(':');
  const days = BigInt(daysFrom('1970-01-01', day) - 1);
  return days * msOfDay + BigInt(hours) * msOfHour + BigInt(minutes) * 60_000n + BigInt(seconds.replace('.', ''));
};
