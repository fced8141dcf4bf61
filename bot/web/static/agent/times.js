// Times as agents read them: how long somebody has waited, when something was said.

import { language } from "../page.js";
import { isToday, telling } from "../town_time.js";

const MINUTE_MS = 60_000;
const EVERY_MS = 30_000;
const UNITS = [["day", 1440], ["hour", 60], ["minute", 1]];
const clock = telling({ timeStyle: "short" });
const full = telling({ dateStyle: "long", timeStyle: "short" });
const short = telling({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const formats = Object.fromEntries(
  UNITS.map(([unit]) => [unit, new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" })]),
);

/** `12 min`, `3 h`, `2 j`. */
export function since(at) {
  const minutes = Math.max(1, Math.round((Date.now() - new Date(at)) / MINUTE_MS));
  const [unit, size] = UNITS.find(([, s]) => minutes >= s);
  return formats[unit].format(Math.floor(minutes / size));
}

export const moment = (at) => {
  const date = new Date(at);
  return isToday(date) ? clock.format(date) : short.format(date);
};

export const day = telling({ dateStyle: "medium" });

/** A time element; `text` says it, by the clock unless told. */
export function time(at, text = moment(at)) {
  const made = document.createElement("time");
  made.dateTime = at;
  made.title = full.format(new Date(at));
  made.textContent = text;
  return made;
}

/** One that says how long ago, and keeps saying it right. */
export function ago(at) {
  const made = time(at, since(at));
  made.dataset.since = at;
  return made;
}

setInterval(() => {
  for (const one of document.querySelectorAll("time[data-since]")) one.textContent = since(one.dataset.since);
}, EVERY_MS);
