// What a deed on several requests needs to be told: to whom, which team, until when.

import { element, words } from "../page.js";
import { ask, ofTicket } from "./asking.js";
import { begun } from "./chosen.js";
import { suggestTags } from "./tags.js";
import { choices, morningOf, tomorrow } from "./until.js";

const ANOTHER = "another";
const PRIORITIES = { normal: words.desk_priority_normal, high: words.desk_priority_high, urgent: words.desk_priority_urgent };

/** The fields of a deed on these requests. */
export function valuesFor(what, references) {
  if (what === "transfer") return [select(begun.teams.map(({ code, label }) => [code, label]))];
  if (what === "priority") return [select(Object.entries(PRIORITIES))];
  if (what === "tag" || what === "untag") return [tag()];
  if (what === "snooze") return until();
  return what === "assign" ? [colleagues(references[0])] : [];
}

/** What was chosen, as the deed takes it. */
export function valueOf(place) {
  const [first, second] = place.querySelectorAll("select, input");
  if (first?.value === ANOTHER) return morningOf(second.value).toISOString();
  return first?.value ?? null;
}

function select(options) {
  const made = element("select");
  made.setAttribute("aria-label", words.desk_bulk_value);
  for (const [value, text] of options) made.append(Object.assign(element("option", "", text), { value }));
  return made;
}

function tag() {
  const made = element("input");
  made.setAttribute("aria-label", words.desk_bulk_value);
  made.placeholder = words.desk_tag_new;
  made.required = true;
  suggestTags(made);
  return made;
}

function until() {
  const made = select([...choices().map(([text, at]) => [at.toISOString(), text]), [ANOTHER, words.desk_snooze_another]]);
  const day = element("input");
  day.type = "date";
  day.min = tomorrow();
  day.setAttribute("aria-label", words.desk_bulk_date);
  const show = () => {
    day.hidden = made.value !== ANOTHER;
    day.required = !day.hidden;
  };
  made.addEventListener("change", show);
  show();
  return [made, day];
}

/** Those to whom the first of them may be given; the preview says what is refused. */
function colleagues(reference) {
  const made = select([]);
  made.required = true;
  ask(ofTicket(reference, "/colleagues"))
    .then(({ colleagues: all }) => made.append(...all.map(({ id, name, teams }) => Object.assign(element("option", "", [name, ...teams].join(", ")), { value: id }))))
    .catch(() => {});
  return made;
}
