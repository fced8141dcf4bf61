// Days and hours as they are in the towns, wherever the browser is.

import { language } from "./page.js";

const timeZone = "Europe/Paris";
const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
});

/** What says a moment in the page's language; `style` as `Intl.DateTimeFormat` takes it. */
export const telling = (style) => new Intl.DateTimeFormat(language, { ...style, timeZone });

/** Year, month (from 1), day, hour, minute and second of a moment by the town's clock. */
export function wall(date = new Date()) {
  const parts = Object.fromEntries(clock.formatToParts(date).map(({ type, value }) => [type, Number(value)]));
  return [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second];
}

const asUniversal = ([year, month, day, hour = 0, minute = 0, second = 0]) => Date.UTC(year, month - 1, day, hour, minute, second);

/** The moment at which the town's clock shows this; a day beyond the month's end is of the next.
 * Not for the hour in which the clocks are changed. */
export function momentAt(...shown) {
  const guessed = asUniversal(shown);
  return new Date(guessed - (asUniversal(wall(new Date(guessed))) - guessed));
}

export const isToday = (date) => String(wall(date).slice(0, 3)) === String(wall().slice(0, 3));
