// How the page asks the service. A refusal is an error with `status` and what was answered.

import { language } from "../page.js";

const PATIENCE_MS = 20_000;

export const newId = () =>
  crypto.randomUUID?.() ??
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

/** Read from a door of agents, or post `body` to it. */
export async function ask(path, body, options = {}) {
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`/agent/api${path}${path.includes("?") ? "&" : "?"}lang=${language}`, {
    credentials: "same-origin",
    signal: AbortSignal.timeout?.(PATIENCE_MS),
    ...(body === undefined ? {} : post),
    ...options,
  });
  if (response.status === 204) return null;
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(path), { status: response.status, told });
  return told;
}

const CONVERSATION = /^[0-9a-f-]{36}$/;

/** The doors of what is open: a ticket by its reference, or a conversation by its id. */
export const ofOpened = (which, what) => `/${CONVERSATION.test(which) ? "conversations" : "tickets"}/${which}${what}`;

export const ofTicket = (reference, what = "") => `/tickets/${reference}${what}`;
