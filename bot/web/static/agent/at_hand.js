// What is at hand for the open ticket: canned answers put into the text box, macros run in a press.

import { tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { reference } from "./chosen.js";
import { post } from "./deeds.js";
import { later } from "./later.js";
import { lastSeen } from "./talk.js";

const BLANK = /⟦[^⟦⟧]*⟧/;

export const blankIn = (text) => BLANK.exec(text);

/** Rejects as `ask` does. */
export const atHand = () => ask(ofTicket(reference(), "/at-hand"));

/** Put an answer where the caret is, in the place of what the box was asked with; the first blank
 * is selected, so that typing fills it. */
export function insert(box, answer, from) {
  box.focus();
  box.setRangeText(answer.text, from, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  selectBlank(box, from);
  ask(ofTicket(reference(), `/answers/${answer.id}/chosen`), {}).catch(() => {}); // only a count
}

/** Select the next blank after a place. False when there is none. */
export function selectBlank(box, from = 0) {
  const found = blankIn(box.value.slice(from)) ?? blankIn(box.value);
  if (!found) return false;
  const start = box.value.indexOf(found[0], box.value.slice(from).includes(found[0]) ? from : 0);
  box.focus();
  box.setSelectionRange(start, start + found[0].length);
  return true;
}

/** Run a macro in a few seconds, unless it is undone. */
export function run(macro) {
  if (macro.steps.some((step) => step.has_blanks)) {
    tell(words.answers_macro_blank);
    return;
  }
  const which = reference();
  const press = { id: newId(), version: macro.version, seen_through: lastSeen() };
  later(`${macro.title} – ${words.answers_running}`, (options) => post(`macros/${macro.id}`, press, which, options));
}
