// The tags of the open request: free words, those of the agent's towns are suggested.

import { element, icon, tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { reference } from "./chosen.js";

const known = document.getElementById("known-tags");
let isLoaded = false;

/** A field for a tag fills its suggestions when it is first used. */
export function suggestTags(input) {
  input.setAttribute("list", "known-tags");
  input.maxLength = 40;
  input.autocomplete = "off";
  input.addEventListener("focus", async () => {
    if (isLoaded) return;
    isLoaded = true;
    try {
      const { tags: all } = await ask("/tags");
      known.replaceChildren(...all.map((tag) => Object.assign(element("option"), { value: tag })));
    } catch {
      isLoaded = false;
    }
  });
}

/** The tags with what takes each off, and the field for another. */
export const tagging = (row) => [...tags(row, taking), adding()];

/** The tags alone, or each with a control of its own. */
export function tags(row, control = () => []) {
  const chips = row.tags.map((tag) => element("li", "chip", icon("tag"), ` ${tag}`, ...control(tag)));
  const list = element("ul", "tags", ...chips);
  list.setAttribute("aria-label", words.desk_tags);
  return chips.length ? [list] : [];
}

function taking(tag) {
  const off = element("button", "quiet", icon("cross"));
  off.type = "button";
  off.setAttribute("aria-label", `${words.desk_tag_remove} ${tag}`);
  off.addEventListener("click", () => post([], [tag]));
  return [off];
}

function adding() {
  const input = element("input");
  input.setAttribute("aria-label", words.desk_tag_add);
  input.placeholder = words.desk_tag_new;
  input.required = true;
  suggestTags(input);
  const form = element("form", "adding", input, element("button", "", icon("tag"), element("span", "hidden", words.desk_tag_add)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await post([input.value], [])) input.value = "";
  });
  return form;
}

async function post(add, remove) {
  try {
    await ask(ofTicket(reference(), "/tags"), { id: newId(), add, remove });
    return true;
  } catch (error) {
    tell({ 409: words.desk_changed, 429: words.desk_too_many }[error.status] ?? words.desk_refused);
    return false;
  }
}
