// Under the deeds of the request: putting it aside and its tags; once it is over, its tags.

import { chosen } from "./chosen.js";
import { snoozing } from "./snooze.js";
import { tagging, tags } from "./tags.js";

const place = document.getElementById("sorting");
let drawn = ""; // a menu that is open and a tag that is being written stay as they are

export function showSorting() {
  const row = chosen.ticket?.row;
  place.hidden = !row || (!row.is_open && !row.tags.length);
  if (!row) return;
  const now = [row.reference, row.is_open, row.snoozed_until, ...row.tags].join();
  if (now === drawn) return;
  const had = place.contains(document.activeElement) ? (document.activeElement.matches("input") ? "input" : "summary, button") : null;
  drawn = now;
  place.replaceChildren(...(row.is_open ? [...snoozing(row), ...tagging(row)] : tags(row)));
  if (had) place.querySelector(had)?.focus();
}
