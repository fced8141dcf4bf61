// What an agent does with a ticket beside answering: take it, pass it on, give it back, end it.

import { element, icon, tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { agentId, begun, chosen, reference } from "./chosen.js";
import { later } from "./later.js";
import { merge, merged, split } from "./merging.js";
import { askWhatBecomes } from "./settling.js";
import { lastSeen } from "./talk.js";

const place = document.getElementById("deeds");
const PRIORITIES = { normal: words.desk_priority_normal, high: words.desk_priority_high, urgent: words.desk_priority_urgent };

let drawn = ""; // what the bar was drawn for: a menu that is open stays as it is

export function showDeeds() {
  const { row, leads } = chosen.ticket;
  const now = [row.reference, row.is_open, row.is_mine, row.assignee, row.assignee_id, row.team.code, row.priority.code, chosen.ticket.merged_into].join();
  if (now === drawn) return;
  const had = place.contains(document.activeElement);
  drawn = now;
  if (chosen.ticket.merged_into) place.replaceChildren(...merged(post));
  else if (!row.is_open) place.replaceChildren(button(words.desk_reopen, () => post("reopen", { id: newId() })));
  else {
    const isFree = row.assignee === null;
    const isTheirs = !isFree && !row.is_mine;
    const own = [];
    if (isFree) own.push(named("take", button(words.desk_take, () => assign(agentId), "primary")));
    if (isTheirs && leads) own.push(named("take", button(words.desk_take_up, () => assign(agentId))));
    if (!isTheirs) own.push(named("close", button(words.desk_close, close)));
    place.replaceChildren(...own, menu(row, { isTheirs, leads }));
    if (isTheirs) place.append(element("p", "muted", icon("person"), ` ${row.assignee} ${words.desk_others}`));
  }
  if (had) place.querySelector("button, summary")?.focus();
}

/** Another ticket: the menu that was open is not its own. */
export function clearDeeds() {
  drawn = "";
  place.replaceChildren();
}

function button(text, act, className = "") {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/** A deed that a key presses too. */
function named(deed, made) {
  made.dataset.deed = deed;
  return made;
}

function menu(row, { isTheirs, leads }) {
  const summary = element("summary", "button", icon("more"), ` ${words.desk_more}`);
  const parts = element("div", "menu");
  if (leads || row.is_mine) parts.append(choice(words.desk_assign_to, words.desk_assign, colleagues, assign));
  if (!isTheirs) parts.append(choice(words.desk_team, words.desk_transfer, teams, transfer));
  parts.append(choice(words.desk_priority, words.desk_do, priorities, prioritise));
  if (row.is_mine || (leads && isTheirs)) parts.append(button(words.desk_put_back, () => assign(null)));
  if (!isTheirs) parts.append(button(words.desk_give_back, giveBack));
  if (!isTheirs) parts.append(button(words.desk_merge, closing(merge)), button(words.desk_split, closing(split)));
  const made = element("details", "", summary, parts);
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !made.open) return;
    event.stopPropagation();
    made.open = false;
    summary.focus();
  });
  return made;
}

/** The menu closes behind what opens a dialog. */
const closing = (act) => () => {
  place.querySelector("details").open = false;
  act();
};

/** A list that is filled when its menu opens, and a button that does it. */
function choice(name, does, options, act) {
  const select = element("select");
  const label = element("label", "", element("span", "", name), select);
  const form = element("form", "choice", label, element("button", "", does));
  const fill = async () => {
    if (select.options.length) return;
    for (const [value, text, isNow] of await options()) {
      const option = element("option", "", text);
      option.value = value;
      option.selected = isNow;
      select.append(option);
    }
  };
  select.addEventListener("focus", () => fill().catch(() => tell(words.desk_offline)));
  select.addEventListener("pointerenter", () => fill().catch(() => {}));
  queueMicrotask(() => form.closest("details")?.addEventListener("toggle", () => fill().catch(() => {})));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (select.value) act(select.value);
    form.closest("details").open = false;
  });
  return form;
}

async function colleagues() {
  const { colleagues: all } = await ask(ofTicket(reference(), "/colleagues"));
  const others = all.filter(({ id }) => id !== chosen.ticket.row.assignee_id); // two may share a name
  return others.map(({ id, name, teams: own }) => [id, [name, ...own].join(", "), false]);
}

const teams = () =>
  begun.teams.filter(({ code }) => code !== chosen.ticket.row.team.code).map(({ code, label }) => [code, label, false]);

const priorities = () => Object.entries(PRIORITIES).map(([code, label]) => [code, label, code === chosen.ticket.row.priority.code]);

const assign = (to) => post("assign", { to });
const transfer = (team) => post("transfer", { id: newId(), team });
const prioritise = (priority) => post("priority", { id: newId(), priority });

/** What the menu's lists do, one by one: {what, title, act}. */
export function listedDeeds() {
  const row = chosen.ticket?.row;
  if (!row?.is_open) return [];
  const each = (what, options, act) => options.filter(([, , isNow]) => !isNow).map(([code, title]) => ({ what, title, act: () => act(code) }));
  const isTheirs = row.assignee !== null && !row.is_mine;
  return [...(isTheirs ? [] : each(words.desk_transfer, teams(), transfer)), ...each(words.desk_priority, priorities(), prioritise)];
}

/** At once where there is nothing to say of a report. */
function close() {
  const which = reference();
  const seen = lastSeen();
  const id = newId();
  askWhatBecomes((settled) => later(words.desk_closing, (options) => post("close", { id, seen_through: seen, settles: settled }, which, options)));
}

function giveBack() {
  const which = reference();
  const end = { id: newId(), seen_through: lastSeen() };
  place.querySelector("details").open = false;
  later(words.desk_giving_back, (options) => post("give-back", end, which, options));
}

export async function post(what, body, which = reference(), options = {}) {
  tell("");
  try {
    await ask(ofTicket(which, `/${what}`), body, options);
  } catch (error) {
    const why = refusal(error);
    tell(which === reference() ? why : `${which} – ${why}`); // another one was opened meanwhile
  }
}

const REFUSALS = { 403: words.desk_forbidden, 409: words.desk_changed, 429: words.desk_too_many, 503: words.desk_busy };

function refusal({ status, told }) {
  if (told?.error === "taken") return `${told.name} ${words.desk_others}`;
  if (told?.reason === "blank") return words.answers_blank;
  if (told?.error === "goes_on") return words.desk_goes_on;
  if (told?.error === "unseen") return words.desk_unseen;
  if (told?.error === "signed_out") return words.desk_sign_in_again;
  return REFUSALS[status] ?? (status < 500 ? words.desk_refused : words.desk_unreached); // also without a status
}
