// The moments to which a request is put aside, by the town's clock.

import { words } from "../page.js";
import { momentAt, wall } from "../town_time.js";

const HOUR_MS = 3_600_000;
const MORNING = [8, 30];
const EVENING = [18, 0];
const LAST_HOUR = 17; // later, this evening is now

/** `days` from today, at that time. */
function on(days, time) {
  const [year, month, day] = wall();
  return momentAt(year, month, day + days, ...time);
}

/** Days to the next Monday that is not today. */
function toMonday() {
  const [year, month, day] = wall();
  return ((8 - new Date(Date.UTC(year, month - 1, day)).getUTCDay()) % 7) || 7;
}

/** Each with its words. */
export function choices() {
  const evening = wall()[3] < LAST_HOUR ? [[words.desk_snooze_evening, on(0, EVENING)]] : [];
  return [
    [words.desk_snooze_hour, new Date(Date.now() + HOUR_MS)],
    ...evening,
    [words.desk_snooze_tomorrow, on(1, MORNING)],
    [words.desk_snooze_monday, on(toMonday(), MORNING)],
  ];
}

/** The morning of a day as a date field gives it. */
export const morningOf = (day) => momentAt(...day.split("-").map(Number), ...MORNING);

/** The first day that a date field offers. */
export function tomorrow() {
  const [year, month, day] = wall(on(1, MORNING));
  return [year, String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");
}
