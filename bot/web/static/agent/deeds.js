// What an agent does with a ticket beside answering: take it, pass it on, give it back, end it.

import { element, icon, tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { agentId, begun, chosen, reference } from "./chosen.js";
import { later } from "./later.js";

const place = document.getElementById("deeds");
const PRIORITIES = { normal: words.desk_priority_normal, high: words.desk_priority_high, urgent: words.desk_priority_urgent };

let drawn = ""; // what the bar was drawn for: a menu that is open stays as it is

export function showDeeds() {
  const { row, leads } = chosen.ticket;
  const now = [row.reference, row.is_open, row.is_mine, row.assignee, row.team.code, row.priority.code].join();
  if (now === drawn) return;
  const had = place.contains(document.activeElement);
  drawn = now;
  if (!row.is_open) place.replaceChildren(button(words.desk_reopen, () => post("reopen", { id: newId() })));
  else {
    const isFree = row.assignee === null;
    const isTheirs = !isFree && !row.is_mine;
    const own = [];
    if (isFree) own.push(button(words.desk_take, () => assign(agentId), "primary"));
    if (isTheirs && leads) own.push(button(words.desk_take_up, () => assign(agentId)));
    if (!isTheirs) own.push(button(words.desk_close, close));
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

function menu(row, { isTheirs, leads }) {
  const summary = element("summary", "button", icon("more"), ` ${words.desk_more}`);
  const parts = element("div", "menu");
  if (leads || row.is_mine) parts.append(choice(words.desk_assign_to, words.desk_assign, colleagues, assign));
  if (!isTheirs) parts.append(choice(words.desk_team, words.desk_transfer, teams, (team) => post("transfer", { id: newId(), team })));
  parts.append(choice(words.desk_priority, words.desk_do, priorities, (priority) => post("priority", { id: newId(), priority })));
  if (row.is_mine || (leads && isTheirs)) parts.append(button(words.desk_put_back, () => assign(null)));
  if (!isTheirs) parts.append(button(words.desk_give_back, giveBack));
  const made = element("details", "", summary, parts);
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !made.open) return;
    event.stopPropagation();
    made.open = false;
    summary.focus();
  });
  return made;
}

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
  const others = all.filter(({ name }) => name !== chosen.ticket.row.assignee);
  return others.map(({ id, name, teams: own }) => [id, [name, ...own].join(", "), false]);
}

const teams = async () =>
  begun.teams.filter(({ code }) => code !== chosen.ticket.row.team.code).map(({ code, label }) => [code, label, false]);

const priorities = async () => Object.entries(PRIORITIES).map(([code, label]) => [code, label, code === chosen.ticket.row.priority.code]);

const assign = (to) => post("assign", { to });

function close() {
  const which = reference();
  const id = newId();
  later(words.desk_closing, (options) => post("close", { id }, which, options));
}

function giveBack() {
  const which = reference();
  const id = newId();
  place.querySelector("details").open = false;
  later(words.desk_giving_back, (options) => post("give-back", { id }, which, options));
}

async function post(what, body, which = reference(), options = {}) {
  tell("");
  try {
    await ask(ofTicket(which, `/${what}`), body, options);
  } catch (error) {
    tell(refusal(error));
  }
}

function refusal({ status, told }) {
  if (told?.error === "taken") return `${told.name} ${words.desk_others}`;
  if (status === 409) return words.desk_over;
  if (status === 403) return words.desk_forbidden;
  return status ? words.desk_unreadable : words.desk_offline;
}
