// Searches that are kept under a name: one's own, and those of one's teams.

import { element, words } from "../page.js";
import { ask, newId } from "./asking.js";

const place = document.getElementById("filters");
const keep = document.getElementById("keep");
const form = document.getElementById("keep-form");
const name = document.getElementById("keep-name");
const team = document.getElementById("keep-team");
const remove = document.getElementById("keep-remove");
const told = document.getElementById("keep-told");

let all = [];
let current = ""; // what is searched now
let search = () => {};

/** `searches` is told the words of the one that was chosen. */
export async function filtersWith(searches) {
  search = searches;
  await load().catch(() => {}); // the page works without
}

async function load() {
  ({ filters: all } = await ask("/filters"));
  place.replaceChildren(...all.map(chip));
  place.hidden = all.length === 0;
  showKeeping(current);
}

function chip(one) {
  const made = element("button", "", one.name, ...(one.team ? [element("span", "muted", ` ${one.team}`)] : []));
  made.type = "button";
  made.addEventListener("click", () => search(one.words));
  return made;
}

const known = () => all.find((one) => one.words === current.split(/\s+/).join(" "));

/** Another search is shown: it may be kept, or is already. */
export function showKeeping(text) {
  if (text !== current) told.textContent = "";
  current = text;
  keep.hidden = known() !== undefined;
  keep.open = false;
  remove.hidden = !known()?.changes;
  for (const [at, made] of [...place.children].entries()) made.setAttribute("aria-pressed", String(all[at] === known()));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await ask("/filters", { id: newId(), name: name.value, words: current, team: team.value || null });
    name.value = "";
    await load();
    told.textContent = words.desk_filter_kept;
  } catch {
    told.textContent = words.desk_filter_failed;
  }
});

remove.addEventListener("click", async () => {
  const one = known();
  try {
    await ask(`/filters/${one.id}/remove`, {});
    await load();
    told.textContent = words.desk_filter_removed;
  } catch {
    told.textContent = words.desk_failed;
  }
});
