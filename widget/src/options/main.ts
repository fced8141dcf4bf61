// The menu and what it opens: fetched when it is asked for.

import { nothing } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import { requestsSheet } from "./requests.js";
import style from "./sheet.css";
import { eraseSheet, mailSheet, type Parts } from "./sheet.js";
import { telegramSheet } from "./telegram.js";

export { menu } from "./menu.js";

export function sheet(): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(style);
  return made;
}

const SHEETS = {
  mail: mailSheet,
  erase: eraseSheet,
  requests: requestsSheet,
  telegram: telegramSheet,
};

/** What is open over the conversation. */
export function sheetOf(screen: Screen, parts: Parts): unknown {
  const { sheet } = screen;
  if (sheet === null || !(sheet in SHEETS)) return nothing;
  return SHEETS[sheet as keyof typeof SHEETS](screen, parts);
}
