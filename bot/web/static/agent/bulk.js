// One deed on several requests: boxes beside the rows, a bar for what is to be done, a preview of
// what changes and what is refused, then what became of each, and the way back for some seconds.

import { element, icon, words } from "../page.js";
import { ask, newId } from "./asking.js";
import { agentId } from "./chosen.js";
import { valueOf, valuesFor } from "./bulk_values.js";

const bar = document.getElementById("bulk");
const count = document.getElementById("bulk-count");
const what = document.getElementById("bulk-what");
const value = document.getElementById("bulk-value");
const dialog = document.getElementById("bulk-shown");
const title = document.getElementById("bulk-title");
const told = document.getElementById("bulk-told");
const lines = document.getElementById("bulk-lines");
const doIt = document.getElementById("bulk-do");
const undo = document.getElementById("bulk-undo");
const MOST = 100; // that one deed takes
const UNDO_MS = 15_000;

const picked = new Map(); // reference -> its row
let asked = null; // what was previewed
let undos = [];
let ending = 0;

/** The box of a row; the list may be drawn again at any time. */
export function pick(row) {
  if (picked.has(row.reference)) picked.set(row.reference, row);
  const box = element("input");
  box.type = "checkbox";
  box.checked = picked.has(row.reference);
  box.setAttribute("aria-label", `${words.desk_bulk_pick} ${row.reference}, ${row.subject}`);
  box.addEventListener("change", () => {
    if (!box.checked) picked.delete(row.reference);
    else if (picked.size < MOST) picked.set(row.reference, row);
    else box.checked = false;
    showBar();
  });
  return element("label", "pick", box);
}

function showBar() {
  bar.hidden = picked.size === 0;
  count.textContent = `${words.desk_bulk_count} ${picked.size}`;
}

const boxes = () => document.querySelectorAll(".pick input");

function pickNone() {
  picked.clear();
  for (const box of boxes()) box.checked = false;
  showBar();
}

document.getElementById("bulk-none").addEventListener("click", () => {
  pickNone();
  document.querySelector("#rows a, #hits a")?.focus();
});

for (const place of [document.getElementById("list"), document.getElementById("found")]) {
  place.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select")) return;
    const box = event.target.closest("li")?.querySelector(".pick input");
    if (!box) return;
    event.preventDefault();
    box.click();
  });
}

const showValue = () => value.replaceChildren(...valuesFor(what.value, [...picked.keys()]));
what.addEventListener("change", showValue);

function deedOf() {
  const given = valueOf(value);
  return {
    take: { kind: "assign", to: agentId },
    nobody: { kind: "assign", to: null },
    assign: { kind: "assign", to: given },
    transfer: { kind: "transfer", team: given },
    priority: { kind: "priority", priority: given },
    tag: { kind: "tags", add: [given], remove: [] },
    untag: { kind: "tags", add: [], remove: [given] },
    snooze: { kind: "snooze", until: given },
    close: { kind: "close" },
  }[what.value];
}

bar.addEventListener("submit", async (event) => {
  event.preventDefault();
  const tickets = [...picked.values()].map(({ reference, last_seq: seen }) => ({ reference, seen_through: seen }));
  asked = { id: newId(), tickets, deed: deedOf() };
  open(words.desk_bulk_will);
  const results = await post("/bulk/preview", asked);
  if (!results) return;
  const does = results.filter((one) => !one.refused && one.change).length;
  const refused = results.filter((one) => one.refused).length;
  told.textContent = `${words.desk_bulk_will_change} ${does} · ${words.desk_bulk_refused} ${refused}`;
  doIt.disabled = does === 0;
  doIt.focus();
});

function open(heading) {
  clearTimeout(ending);
  title.textContent = heading;
  lines.replaceChildren();
  told.textContent = "";
  doIt.hidden = false;
  doIt.disabled = true;
  undo.hidden = true;
  if (!dialog.open) dialog.showModal();
}

async function post(path, body) {
  try {
    const { results } = await ask(path, body);
    lines.replaceChildren(...results.map(line));
    return results;
  } catch (error) {
    told.textContent = { 400: words.desk_refused, 403: words.desk_signed_out, 429: words.desk_too_many }[error.status] ?? words.desk_unreached;
    return null;
  }
}

function line(one) {
  const [shape, text] = one.refused ? ["alert", one.why] : ["solved", one.change ?? words.desk_bulk_same];
  return element("li", one.refused ? "refused" : "", icon(shape), element("span", "", element("strong", "", one.reference), ` ${text}`));
}

doIt.addEventListener("click", async () => {
  doIt.disabled = true;
  const results = await post("/bulk", asked);
  doIt.disabled = results !== null;
  if (!results) return; // the same id again does nothing twice
  doIt.hidden = true;
  title.textContent = words.desk_bulk_results;
  told.textContent = words.desk_bulk_done;
  pickNone();
  undos = together(results.filter((one) => one.undo));
  undo.hidden = undos.length === 0;
  (undo.hidden ? document.getElementById("bulk-leave") : undo).focus();
  ending = setTimeout(() => {
    if (undo === document.activeElement) document.getElementById("bulk-leave").focus();
    undo.hidden = true;
  }, UNDO_MS);
});

/** What takes them back, those of a kind in one. */
function together(results) {
  const kinds = new Map();
  for (const { reference, undo: { kind, to, priority, add, remove, until, closing } } of results) {
    const deed = { assign: { kind, to }, priority: { kind, priority }, tags: { kind, add, remove }, snooze: { kind, until }, unclose: { kind, closing } }[kind];
    const key = JSON.stringify(deed);
    kinds.set(key, { id: newId(), deed, tickets: [...(kinds.get(key)?.tickets ?? []), { reference }] });
  }
  return [...kinds.values()];
}

undo.addEventListener("click", async () => {
  clearTimeout(ending);
  undo.hidden = true;
  document.getElementById("bulk-leave").focus();
  const all = [];
  for (const one of undos) {
    const results = await post("/bulk", one);
    if (!results) return;
    all.push(...results);
  }
  lines.replaceChildren(...all.map(line));
  const kept = all.filter(({ refused }) => refused).length;
  told.textContent = kept ? `${words.desk_bulk_undone} ${words.desk_bulk_refused} ${kept}` : words.desk_bulk_undone;
});

document.getElementById("bulk-leave").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => document.querySelector("#list:not([hidden]) a, #hits a")?.focus());
