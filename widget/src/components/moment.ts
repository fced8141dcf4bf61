// Days and hours in words, as they are in Lyon whatever the device believes.

import type { Screen, Settings } from "../app/screen.js";

const timeZone = "Europe/Paris";

/** A date without an hour, which no time zone may move. */
export const day = ({ language }: Settings, date: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(date));

/** The hour, after its day where that is not today. */
export function moment({ say, settings }: Screen, at: string, as: "long" | "weekday"): string {
  const { language } = settings;
  const told = (style: Intl.DateTimeFormatOptions, date = new Date(at)): string =>
    new Intl.DateTimeFormat(language, { ...style, timeZone }).format(date);
  const style: Intl.DateTimeFormatOptions =
    as === "long" ? { dateStyle: "long" } : { weekday: "long" };
  const time = told({ hour: "numeric", minute: "2-digit" });
  // French: 8 h, 8 h 30.
  const hour = language === "fr" ? time.replace(/^0?(\d+):(00)?/, "$1\u00a0h\u00a0").trim() : time;
  const date = told(style);
  return date === told(style, new Date()) ? hour : say("moment", { day: date, time: hour });
}
