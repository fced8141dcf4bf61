// Searching: Enter searches and goes to the first result, arrows go from row
// to row, in lists too.

import { words } from "../page.js";
import { ask } from "./asking.js";
import { chosen, look } from "./chosen.js";
import { showKeeping } from "./filters.js";
import { hit } from "./found.js";

const form = document.getElementById("search");
const box = document.getElementById("q");
const list = document.getElementById("list");
const found = document.getElementById("found");
const count = document.getElementById("found-count");
const hits = document.getElementById("hits");
const none = document.getElementById("found-none");
const more = document.getElementById("found-more");

let turn = 0; // only the last search is shown
let next = null;
let open = () => {};

/** `opens` is told the link of what is the only one found. */
export function searchWith(opens) {
  open = opens;
  if (chosen.words) search(chosen.words, { takes: false });
}

export async function search(text, { takes = true } = {}) {
  const now = ++turn;
  chosen.words = text;
  box.value = text;
  let view;
  try {
    view = await ask(`/search?q=${encodeURIComponent(text)}`);
  } catch (error) {
    if (now === turn) count.textContent = { 403: words.desk_signed_out, 429: words.desk_too_many }[error.status] ?? words.desk_offline;
    show();
    return;
  }
  if (now !== turn) return;
  hits.replaceChildren(...view.found.map(hit));
  ended(view);
  none.hidden = view.found.length > 0;
  none.querySelector("span").textContent = view.unknown.length ? `${words.desk_search_unknown} ${view.unknown.join(", ")}` : words.desk_search_none;
  showKeeping(text);
  show();
  if (!takes) return;
  const links = hits.querySelectorAll("a");
  if (!links.length) box.focus();
  else if (view.is_reference && links.length === 1) open(links[0]);
  else links[0].focus();
}

function ended(view) {
  next = view.next;
  more.hidden = next === null;
  const many = hits.children.length;
  count.textContent = `${many}${next === null ? "" : "+"} ${many === 1 ? words.desk_found_one : words.desk_found_many}`;
}

function show() {
  found.hidden = false;
  list.hidden = true;
}

export function leaveSearch() {
  turn += 1;
  chosen.words = null;
  box.value = "";
  found.hidden = true;
  list.hidden = false;
}

async function goOn() {
  const [now, from] = [turn, next];
  if (from === null) return;
  next = null; // not twice at once
  try {
    const view = await ask(`/search?q=${encodeURIComponent(chosen.words)}&after=${encodeURIComponent(from)}`);
    if (now !== turn) return;
    const known = new Set([...hits.children].map((item) => item.dataset.of));
    hits.append(...view.found.map(hit).filter((item) => !known.has(item.dataset.of)));
    ended(view);
  } catch {
    if (now === turn) next = from;
  }
}

more.addEventListener("click", goOn);
new IntersectionObserver(([seen]) => { if (seen.isIntersecting) goOn(); }, { root: found }).observe(more);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (text) search(text);
  else leaveSearch();
});

document.getElementById("found-leave").addEventListener("click", (event) => {
  event.preventDefault();
  leaveSearch();
  box.focus();
});

const isWritten = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

/** What the key of the table (keys.js) does. */
export function goToSearch() {
  look("queue");
  box.focus();
  box.select();
}

const linksIn = (place) => [...place.querySelectorAll("li a, li button")];
const shown = () => (found.hidden ? list : found);

box.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") {
    event.preventDefault();
    linksIn(shown())[0]?.focus();
  } else if (event.key === "Escape") {
    event.preventDefault();
    leaveSearch();
  }
});

for (const place of [list, found]) {
  place.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || isWritten(event.target)) return;
    const links = linksIn(place);
    const at = links.indexOf(document.activeElement.closest("li")?.querySelector("a, button"));
    if (at < 0) return;
    event.preventDefault();
    (links[at + step] ?? (step < 0 ? box : links[at])).focus();
  });
}

found.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  event.preventDefault();
  leaveSearch();
  box.focus();
});
