// The lists: tabs with their counts, and a row for whoever waits.

import { element, icon, words } from "../page.js";
import { addressOf, chosen, reference } from "./chosen.js";
import { ago, time } from "./times.js";

const tabs = document.getElementById("tabs");
const rows = document.getElementById("rows");
const none = document.getElementById("none");
const EMPTY = { mine: words.desk_empty_mine, closed: words.desk_empty_closed, assistant: words.desk_empty_assistant };

let drawn = null;

export function showQueue(view) {
  if (view.queue !== chosen.queue) return; // of a list that was left meanwhile
  drawn = view;
  const focused = rows.contains(document.activeElement) ? document.activeElement.closest("li")?.dataset.of : null;
  rows.replaceChildren(...view.rows.map(row), ...view.held.map(held));
  none.hidden = view.rows.length + view.held.length > 0;
  none.textContent = EMPTY[view.queue] ?? words.desk_empty_queue;
  showTabs(view.counts);
  if (focused) rows.querySelector(`li[data-of="${focused}"] :is(a, button)`)?.focus({ preventScroll: true });
}

function showTabs(counts) {
  for (const tab of tabs.children) {
    const name = tab.dataset.queue;
    if (name === chosen.queue) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
    if (name in counts) tab.querySelector("b").textContent = counts[name];
  }
}

/** Another conversation is open: its row says so. */
export function markRow() {
  for (const link of rows.querySelectorAll("a.row")) {
    const isOpen = link.dataset.reference === reference();
    if (isOpen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** The unread mark goes as soon as it was read here. */
export function markRead(which) {
  const known = drawn?.rows.find((one) => one.reference === which);
  if (!known?.is_unread) return;
  known.is_unread = false;
  rows.querySelector(`li[data-of="${which}"] .unread`)?.remove();
}

function row(one) {
  const link = element("a", "row", element("strong", "", one.subject), waits(one), where(one), element("span", "shown", one.shown));
  const marks = signs(one);
  if (marks.length) link.append(element("span", "signs", ...marks));
  link.href = addressOf(chosen.queue, one.reference);
  link.dataset.reference = one.reference;
  if (one.reference === reference()) link.setAttribute("aria-current", "true");
  return of(one.reference, link);
}

function of(which, content) {
  const item = element("li", "", content);
  item.dataset.of = which;
  return item;
}

function waits(one) {
  if (!one.since) return element("span", "since", time(one.closed_at ?? one.last_at));
  return element("span", "since waiting", element("span", "hidden", `${words.desk_waits} `), ago(one.since));
}

const where = (one) => element("span", "where", [one.town, one.team.label, one.assignee].filter(Boolean).join(" · "));

function signs(one) {
  const shown = [];
  if (one.is_unread) shown.push(sign("unread", "unread", words.desk_unread));
  if (one.priority.code !== "normal") shown.push(sign(one.priority.code, "flag", one.priority.label));
  for (const mark of one.marks) shown.push(sign(mark.code, "mood", mark.label));
  if (one.is_escalated) shown.push(sign("late", "late", words.desk_escalated));
  return shown;
}

export const sign = (name, shape, text) => element("span", `sign ${name}`, icon(shape), ` ${text}`);

function held(one) {
  const button = element("button", "", words.desk_take);
  button.type = "button";
  button.dataset.pull = one.conversation;
  const item = of(one.conversation, element("strong", "", one.town));
  item.classList.add("row");
  item.append(element("span", "since", time(one.last_at)), element("span", "shown", one.shown), button);
  return item;
}
