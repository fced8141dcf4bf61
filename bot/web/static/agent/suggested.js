// The likely service of a conversation and its team, with the words' likeness as the reason.

import { element, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { chosen, reference } from "./chosen.js";
import { post } from "./deeds.js";

let known = { of: null, suggestions: [] };

/** The lines of what is suggested, as far as it is known; `changed` is called once more is. */
export function suggested(changed) {
  const { row } = chosen.ticket;
  if (!row.is_open) return [];
  if (known.of !== row.reference) look(row.reference, changed);
  return known.suggestions.map((one) => line(one, row));
}

async function look(of, changed) {
  known = { of, suggestions: [] };
  try {
    const { suggestions } = await ask(ofTicket(of, "/suggestions"));
    if (known.of !== of || of !== reference()) return;
    known = { of, suggestions };
    if (suggestions.length) changed();
  } catch {
    known = { of, suggestions: [] }; // a hint only: the page goes on without it
  }
}

function line({ service, team, percent }, row) {
  const parts = [element("strong", "", service), element("span", "muted", `${team.label} · ${percent} %`)];
  const isTheirs = row.assignee !== null && !row.is_mine;
  if (team.code !== row.team.code && !isTheirs) {
    const pass = element("button", "quiet", `${words.desk_transfer} (${team.label})`);
    pass.type = "button";
    pass.addEventListener("click", () => post("transfer", { id: newId(), team: team.code }));
    parts.push(pass);
  }
  return parts;
}
