// What the browser keeps of an agent's work, so that a crash, a closed page or a lost connection
// loses no word: drafts by ticket, and what was sent and not yet accepted. Each agent's apart.

import { agentId } from "./chosen.js";

const DRAFTS = `guichet.draft.${agentId}.`;
const OUTBOX = `guichet.outbox.${agentId}`;
const KEPT_MS = 14 * 24 * 3600 * 1000;

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise; // no storage here, or not ours: the page works without
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch { /* full, or forbidden */ }
}

const keyOf = (reference, mode) => `${DRAFTS}${reference}.${mode}`;

export const draftOf = (reference, mode) => read(keyOf(reference, mode), { text: "" }).text;

export function keepDraft(reference, mode, text) {
  write(keyOf(reference, mode), text.trim() ? { text, at: Date.now() } : null);
}

/** Entries: {id, reference, mode, text, seen, at}. */
export const unsent = () => read(OUTBOX, []);

export function keepUnsent(entry) {
  write(OUTBOX, [...unsent().filter(({ id }) => id !== entry.id), entry]);
}

export function dropUnsent(id) {
  const left = unsent().filter((entry) => entry.id !== id);
  write(OUTBOX, left.length ? left : null);
}

/** What nobody came back to is forgotten: it may be personal. */
function forgetOld() {
  const isOld = ({ at }) => Date.now() - at > KEPT_MS;
  for (const { id } of unsent().filter(isOld)) dropUnsent(id);
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith("guichet.draft."));
    for (const key of keys) if (isOld(read(key, { at: 0 }))) localStorage.removeItem(key);
  } catch { /* no storage */ }
}

forgetOld();
