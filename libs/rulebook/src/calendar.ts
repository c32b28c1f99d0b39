import { Temporal } from 'temporal-polyfill';

/** Days, zones and months, exactly. Days are `YYYY-MM-DD`, instants UTC with milliseconds; periods of days include both ends. */

const written = (instant: Temporal.Instant): string => instant.toString({ smallestUnit: 'millisecond' });

/** The instant at which a clock of the zone shows a local time; of a time that it shows twice the later one, of one that it skips the one after the gap. */
export const instantOf = (localDateTime: string, zone: string): string =>
  written(Temporal.PlainDateTime.from(localDateTime).toZonedDateTime(zone, { disambiguation: 'later' }).toInstant());

/** The day that an instant falls on in the zone. */
export const dayOf = (instant: string, zone: string): string => Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString();

/** The day so many days later (or earlier, when negative). */
export const addDays = (day: string, days: number): string => Temporal.PlainDate.from(day).add({ days }).toString();

/** First millisecond of a day in the zone. */
export const startOfDay = (day: string, zone: string): string => written(Temporal.PlainDate.from(day).toZonedDateTime(zone).toInstant());

/** Last millisecond of a day in the zone: what happens then is still in. */
export const endOfDay = (day: string, zone: string): string =>
  written(Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(zone).toInstant().subtract({ milliseconds: 1 }));

/** End of the n-th day after the day of notice, in the zone: its last millisecond is still in. The day of notice itself does not count. */
export const windowEnd = (from: string, days: number, zone: string): string => endOfDay(addDays(dayOf(from, zone), days), zone);

/** Days of a period, both ends counted. */
export const daysFrom = (from: string, to: string): number => Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to)).days + 1;

/** The same day so many months later, or the last day of a shorter month. */
export const monthsLater = (day: string, months: number): string => Temporal.PlainDate.from(day).add({ months }).toString();

/** The days of a period that fall in one calendar month. */
export type MonthPart = { readonly month: string; readonly firstDay: number; readonly days: number; readonly daysInMonth: number };

/** A period, month by month; undefined when it touches more than `monthsMax`. */
export const monthsOf = (from: string, to: string, monthsMax: number): readonly MonthPart[] | undefined => {
  const end = Temporal.PlainDate.from(to);
  const parts: MonthPart[] = [];
  for (let first = Temporal.PlainDate.from(from); Temporal.PlainDate.compare(first, end) <= 0; first = first.with({ day: 1 }).add({ months: 1 })) {
    if (parts.length === monthsMax) return undefined;
    const lastDay = first.toPlainYearMonth().equals(end.toPlainYearMonth()) ? end.day : first.daysInMonth;
    parts.push({ month: first.toPlainYearMonth().toString(), firstDay: first.day, days: lastDay - first.day + 1, daysInMonth: first.daysInMonth });
  }
  return parts;
};
