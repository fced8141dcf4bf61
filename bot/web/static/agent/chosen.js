// What is on screen: a list, and the ticket whose conversation is open. Kept in the address.

import { language, root } from "../page.js";

export const agentId = root.dataset.agent;
const first = JSON.parse(root.dataset.queue);
const view = root.dataset.ticket ? JSON.parse(root.dataset.ticket) : null;

export const begun = { queue: first, view, teams: JSON.parse(root.dataset.teams).teams };
export const chosen = { queue: first.queue, ticket: view?.ticket ?? null, words: new URLSearchParams(location.search).get("q"), narrowed: first.narrowed ?? {}, talk: null };

export const reference = () => chosen.ticket?.row.reference ?? null;

/** What is open, by what its pictures and files are asked: its ticket, else the conversation. */
export const opened = () => reference() ?? chosen.talk?.conversation ?? null;

/** A list as it is asked for: of the reports, those that were chosen. */
export const listOf = (queue) => ({ queue, ...(queue === "reports" ? Object.fromEntries(Object.entries(chosen.narrowed).filter(([, value]) => value)) : {}) });

export function addressOf(queue, ticket, conversation = null) {
  const open = ticket ? { ticket } : conversation ? { conversation } : {};
  return `/agent?${new URLSearchParams({ ...listOf(queue), ...(chosen.words ? { q: chosen.words } : {}), ...open, lang: language })}`;
}

/** Which column a narrow screen shows: queue, talk or context. */
export function look(where) {
  root.dataset.view = where;
}
