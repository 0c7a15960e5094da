/** Whose clock the dates of reports and queries are in. */
export type Timezone = "utc" | "local";

/** The two ends of a range; `earlier` is the older one. */
export type Bound = "earlier" | "later";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
] as const;

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?$/;

interface Clock {
  readonly weekday: number;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** A time as reports write it: `Thu Jan 25 18:00:00:000 2018`. */
export function formatReportDate(ms: number, timezone: Timezone = "utc"): string {
  const clock = readClock(new Date(ms), timezone);
  const time = [pad(clock.hour, 2), pad(clock.minute, 2), pad(clock.second, 2)].join(":");
  const date = `${DAYS[clock.weekday]} ${MONTHS[clock.month]} ${pad(clock.day, 2)}`;
  return `${date} ${time}:${pad(clock.millisecond, 3)} ${pad(clock.year, 4)}`;
}

/**
 * A query's date, `yyyy-mm-dd` or `yyyy-mm-ddThh:mm`, in milliseconds since 1970.
 *
 * A date without a time is the whole day: as the earlier bound it is its first millisecond, as the
 * later bound its last, so that the same day twice is a range of one day and not an empty one. A
 * time is the first millisecond of its minute, on either side. `undefined` for anything else and
 * for a day that no calendar has.
 */
export function parseReportDate(
  text: string,
  bound: Bound,
  timezone: Timezone = "utc",
): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute] = match;
  const wanted = { year: Number(year), month: Number(month) - 1, day: Number(day) };
  const isWholeDay = hour === undefined;
  const time = isWholeDay ? { hour: 0, minute: 0 } : { hour: Number(hour), minute: Number(minute) };
  if (time.hour > 23 || time.minute > 59) return undefined;
  const date = dateOf(wanted, time, timezone);
  const clock = readClock(date, timezone);
  const isReal =
    clock.year === wanted.year && clock.month === wanted.month && clock.day === wanted.day;
  if (!isReal) return undefined;
  if (!isWholeDay || bound === "earlier") return date.getTime();
  // The next day's start, so that a day of 23 or 25 hours is whole as well.
  const next = dateOf({ ...wanted, day: wanted.day + 1 }, time, timezone);
  return next.getTime() - 1;
}

function dateOf(
  { year, month, day }: Pick<Clock, "year" | "month" | "day">,
  { hour, minute }: Pick<Clock, "hour" | "minute">,
  timezone: Timezone,
): Date {
  const date = new Date(0);
  // Not by the constructor: it takes the years 0 to 99 for 1900 to 1999.
  if (timezone === "utc") {
    date.setUTCFullYear(year, month, day);
    date.setUTCHours(hour, minute, 0, 0);
  } else {
    date.setFullYear(year, month, day);
    date.setHours(hour, minute, 0, 0);
  }
  return date;
}

function readClock(date: Date, timezone: Timezone): Clock {
  if (timezone === "utc") {
    return {
      weekday: date.getUTCDay(),
      year: date.getUTCFullYear(),
      month: date.getUTCMonth(),
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      millisecond: date.getUTCMilliseconds(),
    };
  }
  return {
    weekday: date.getDay(),
    year: date.getFullYear(),
    month: date.getMonth(),
    day: date.getDate(),
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
    millisecond: date.getMilliseconds(),
  };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
