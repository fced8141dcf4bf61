// Putting the open request aside until a moment, and taking it back.

import { element, icon, tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { reference } from "./chosen.js";
import { done } from "./later.js";
import { moment } from "./times.js";
import { choices, morningOf, tomorrow } from "./until.js";

/** The control of a request, as it stands. */
export function snoozing(row) {
  if (row.snoozed_until && new Date(row.snoozed_until) > Date.now()) return [back(row)];
  const summary = element("summary", "button", icon("clock"), ` ${words.desk_snooze}`);
  const parts = element("div", "menu");
  const made = element("details", "", summary, parts);
  made.addEventListener("toggle", () => { if (made.open) parts.replaceChildren(...menu(made)); }); // times as they are now
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !made.open) return;
    event.stopPropagation();
    made.open = false;
    summary.focus();
  });
  return [made];
}

function menu(details) {
  const until = (at) => {
    details.open = false;
    put(at);
  };
  const day = element("input");
  day.type = "date";
  day.min = tomorrow();
  day.required = true;
  const label = element("label", "", element("span", "", words.desk_snooze_another), day);
  const form = element("form", "choice", label, element("button", "", words.desk_snooze));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    until(morningOf(day.value));
  });
  return [...choices().map(([text, at]) => button(text, () => until(at))), form];
}

function button(text, act) {
  const made = element("button", "", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function back(row) {
  const line = element("span", "", icon("clock"), ` ${words.desk_snoozed_until} ${moment(row.snoozed_until)} `);
  return element("span", "aside", line, button(words.desk_snooze_back, () => post(reference(), null)));
}

async function put(at) {
  const which = reference();
  if (await post(which, at.toISOString())) done(words.desk_snooze_done, () => post(which, null));
}

async function post(which, until) {
  try {
    await ask(ofTicket(which, "/snooze"), { id: newId(), until });
    return true;
  } catch (error) {
    tell(error.told?.error === "taken" ? `${error.told.name} ${words.desk_others}` : words.desk_snooze_failed);
    return false;
  }
}
