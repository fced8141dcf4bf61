// The lists: tabs with their counts, and a row for whoever waits.

import { element, icon, words } from "../page.js";
import { ask } from "./asking.js";
import { pick } from "./bulk.js";
import { addressOf, chosen, listOf, reference } from "./chosen.js";
import { isWanted, showNarrowing } from "./narrowing.js";
import { ago, day, moment, time } from "./times.js";

const tabs = document.getElementById("tabs");
const rows = document.getElementById("rows");
const none = document.getElementById("none");
const list = document.getElementById("list");
const more = document.getElementById("more");

const MOST_COUNTED = 999; // of the reports; no other list is that long

let drawn = null;
let stripAt = null; // the list that was scrolled to
let further = begun(null); // what was asked for beyond the first page

function begun(list) {
  return { list, rows: [], next: undefined };
}

const listNamed = ({ queue, narrowed }) => JSON.stringify([queue, narrowed]);
const allOf = ({ rows: some, held: kept, reports }) => [...some, ...kept, ...reports];
const idOf = (one) => one.reference ?? one.conversation;

export function showQueue(view) {
  if (view.queue !== chosen.queue || !isWanted(view)) return; // of a list that was left meanwhile
  drawn = view;
  if (further.list !== listNamed(view)) further = begun(listNamed(view));
  showNarrowing();
  const focused = rows.contains(document.activeElement) ? document.activeElement.closest("li")?.dataset.of : null;
  const part = document.activeElement.matches?.("input") ? "input" : ":is(a, button)";
  const first = new Set(allOf(view).map(idOf));
  const beyond = further.rows.filter((one) => !first.has(idOf(one)));
  rows.replaceChildren(...[...allOf(view), ...beyond].map(rowOf));
  none.hidden = first.size > 0;
  const isNarrowed = Object.values(view.narrowed ?? {}).some((value) => value && value !== "newest");
  const empty = isNarrowed ? words.desk_empty_narrowed : words[`desk_empty_${view.queue}`];
  none.replaceChildren(icon(view.queue === "assistant" ? "chat" : "received"), element("span", "", empty));
  more.hidden = nextOf() === null;
  showTabs(view.counts);
  if (focused) rows.querySelector(`li[data-of="${focused}"] ${part}`)?.focus({ preventScroll: true });
}

const nextOf = () => (further.next === undefined ? drawn.next : further.next);

/** The list goes on: by its button, or by going down to it. */
async function goOn() {
  const list = listNamed(drawn);
  const after = nextOf();
  if (after === null || further.isAsked) return;
  further.isAsked = true;
  try {
    const view = await ask(`/queue?${new URLSearchParams({ ...listOf(drawn.queue), after })}`);
    if (further.list !== list) return;
    further = { list, rows: [...further.rows, ...allOf(view)], next: view.next };
    showQueue(drawn);
  } catch {
    further.isAsked = false; // the button stays
  }
}

more.addEventListener("click", (event) => {
  event.preventDefault();
  goOn();
});
new IntersectionObserver(([seen]) => { if (seen.isIntersecting && drawn) goOn(); }, { root: list }).observe(more);

function showTabs(counts) {
  for (const tab of tabs.children) {
    const name = tab.dataset.queue;
    if (name === chosen.queue) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
    if (!(name in counts)) continue;
    tab.querySelector("b").textContent = counts[name] < MOST_COUNTED ? counts[name] : `${MOST_COUNTED}+`;
    tab.classList.toggle("some", counts[name] > 0);
  }
  showCurrent();
}

/** Where the lists are a strip, the one that is open is in sight. */
function showCurrent() {
  const tab = tabs.querySelector("[aria-current]");
  if (tab && tab !== stripAt) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  stripAt = tab;
}

/** Another conversation is open: its row says so. */
export function markRow() {
  for (const link of rows.querySelectorAll("a.row")) {
    const isOpen = link.dataset.reference ? link.dataset.reference === reference() : isRead(link.dataset);
    if (isOpen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Whether that is the report whose conversation is read. */
const isRead = ({ conversation, request }) =>
  conversation === chosen.talk?.conversation && (!request || request === chosen.talk.request);

/** The unread mark goes as soon as it was read here. */
export function markRead(which) {
  const known = drawn?.rows.find((one) => one.reference === which);
  if (!known?.is_unread) return;
  known.is_unread = false;
  rows.querySelector(`li[data-of="${which}"] .unread`)?.remove();
}

function rowOf(one) {
  if ("expected_on" in one) return report(one);
  return one.reference ? row(one) : held(one);
}

/** A report that is not settled: it leads to its ticket, else to its conversation. */
function report(one) {
  const due = one.expected_on ? `${words.desk_report_due} ${day.format(new Date(`${one.expected_on}T12:00Z`))}` : null;
  const marks = [sign("aside", "target", one.state.label), ...(one.is_late ? [sign("late", "late", `${words.desk_report_late}, ${due}`)] : due ? [sign("aside", "clock", due)] : [])];
  const link = element(
    "a",
    "row report",
    element("strong", "", one.label),
    element("span", "since", time(one.filed_at)),
    element("span", "where", [one.address, one.town, one.assignee].filter(Boolean).join(" · ")),
    element("span", "signs", ...marks),
    element("span", "shown", one.shown),
  );
  link.href = addressOf(chosen.queue, one.ticket, one.conversation);
  if (one.ticket) link.dataset.reference = one.ticket;
  else Object.assign(link.dataset, { conversation: one.conversation, request: one.reference });
  if (one.ticket ? one.ticket === reference() : isRead(link.dataset)) link.setAttribute("aria-current", "true");
  return of(one.reference, link);
}

function row(one) {
  const link = element("a", "row", element("strong", "", ...unread(one), ...title(one)), waits(one), where(one));
  const marks = signs(one);
  if (marks.length) link.append(element("span", "signs", ...marks));
  link.append(element("span", "shown", one.shown));
  link.href = addressOf(chosen.queue, one.reference);
  link.dataset.reference = one.reference;
  if (one.reference === reference()) link.setAttribute("aria-current", "true");
  return of(one.reference, pick(one), link);
}

/** A dot before its name; the word is for readers, and on it. */
function unread(one) {
  if (!one.is_unread) return [];
  const dot = element("span", "unread", icon("unread"), element("span", "hidden", `${words.desk_unread} `));
  dot.title = words.desk_unread;
  return [dot];
}

/** By mail, what its writer called it; the sign says where it came from. */
function title({ subject, mail_subject: mail }) {
  return mail === null ? [subject] : [icon("mail"), element("span", "hidden", `${words.desk_mail} `), ` ${mail || subject}`];
}

function of(which, ...content) {
  const item = element("li", "", ...content);
  item.dataset.of = which;
  return item;
}

function waits(one) {
  if (!one.since) return element("span", "since", time(one.closed_at ?? one.last_at));
  return element("span", "since waiting", element("span", "hidden", `${words.desk_waits} `), ago(one.since));
}

const where = (one) => element("span", "where", [one.town, one.channel.code === "web" ? null : one.channel.label, one.team.label, one.assignee].filter(Boolean).join(" · "));

function signs(one) {
  const shown = [];
  if (one.is_cited) shown.push(sign("unread", "at", words.desk_cited));
  if (one.priority.code !== "normal") shown.push(sign(one.priority.code, "flag", one.priority.label));
  for (const mark of one.marks) shown.push(sign(mark.code, "mood", mark.label));
  const reading = one.readers.filter((name) => !one.writers.includes(name));
  if (one.writers.length) shown.push(sign("present", "pencil", `${one.writers.join(", ")} ${words.desk_writes}`));
  if (reading.length) shown.push(sign("present", "eye", `${reading.join(", ")} ${words.desk_reads}`));
  if (one.is_escalated && !one.is_late) shown.push(sign("late", "late", words.desk_escalated));
  if (one.is_late) shown.push(sign("late", "late", words.desk_late));
  else if (one.is_near) shown.push(sign("near", "clock", words.desk_near));
  if (one.is_back) shown.push(sign("unread", "back", words.desk_back));
  if (one.snoozed_until && one.is_open) shown.push(sign("aside", "clock", `${words.desk_snoozed_until} ${moment(one.snoozed_until)}`));
  for (const tag of one.tags) shown.push(sign("tagged", "tag", tag));
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
