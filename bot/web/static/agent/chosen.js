// What is on screen: a list, and the ticket whose conversation is open. Kept in the address.

import { language, root } from "../page.js";

export const agentId = root.dataset.agent;
const first = JSON.parse(root.dataset.queue);
const view = root.dataset.ticket ? JSON.parse(root.dataset.ticket) : null;

export const begun = { queue: first, view, teams: JSON.parse(root.dataset.teams).teams };
export const chosen = { queue: first.queue, ticket: view?.ticket ?? null };

export const reference = () => chosen.ticket?.row.reference ?? null;

export function addressOf(queue, ticket) {
  const query = new URLSearchParams({ queue, ...(ticket ? { ticket } : {}), lang: language });
  return `/agent?${query}`;
}

/** Which column a narrow screen shows: queue, talk or context. */
export function look(where) {
  root.dataset.view = where;
}
