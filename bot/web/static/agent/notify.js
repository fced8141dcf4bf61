// Tells an agent who does something else what has happened: by the browser, with a sound if they
// chose one. Of all the pages they have open one tells it, and none what is on screen already.

import { language, words } from "../page.js";
import { agentId, reference } from "./chosen.js";
import { play } from "./sound.js";

const KEPT = `guichet.alerts.${agentId}`;
const READS = `guichet.reads.${agentId}.`;
const STALE_MS = 10 * 60_000; // what the service tells again and again; longer ago is in the lists
const FORGET_MS = 3 * STALE_MS;
const MOST_APART = 3;

let isFirst = true;
let inMemory = null; // where the browser keeps nothing
let present = null; // ends the sign that a request is on screen here
let open = () => {};

/** What a press on a notification opens. */
export const openWith = (act) => { open = act; };

export const isPossible = () => "Notification" in window && navigator.locks !== undefined;

/** From the stream: what happened in the last minutes of what the agent wants to hear of. */
export function hearAlerts({ recent }) {
  navigator.locks?.request(KEPT, () => takeOver(recent)); // one page after another
}

async function takeOver(recent) {
  const now = Date.now();
  const kept = read();
  const isLate = isFirst && (!kept || now - kept.at > STALE_MS); // nobody was there when it happened
  isFirst = false;
  const known = Object.fromEntries(Object.entries(kept?.known ?? {}).filter(([, at]) => now - at < FORGET_MS));
  const fresh = recent.filter(({ id }) => !(id in known));
  for (const { id } of recent) known[id] = now;
  write({ at: now, known });
  if (isLate || !fresh.length) return;
  const seen = await onScreen();
  show(fresh.filter((one) => !seen.has(READS + one.reference)));
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? inMemory;
  } catch {
    return inMemory;
  }
}

function write(kept) {
  inMemory = kept;
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch { /* full, or forbidden */ }
}

/** The requests that are in front of the agent in any of their pages: each holds a lock. */
async function onScreen() {
  const { held } = await navigator.locks.query();
  const names = new Set(held.map(({ name }) => name));
  if (reference() && !document.hidden) names.add(READS + reference());
  return names;
}

/** Let the other pages know what is on screen here. */
export function tellPresence() {
  present?.();
  present = null;
  if (!navigator.locks || !reference() || document.hidden) return;
  const over = new Promise((resolve) => { present = resolve; });
  navigator.locks.request(READS + reference(), { mode: "shared" }, () => over);
}

document.addEventListener("visibilitychange", tellPresence);

function show(fresh) {
  if (fresh.some(({ how }) => how === "sounded")) play();
  if (!fresh.length || !isPossible() || Notification.permission !== "granted") return;
  if (fresh.length > MOST_APART) raise(`${fresh.length} ${words.alerts_many}`, fresh.map((one) => one.reference).join(", "), "many");
  else for (const { what, reference: which } of fresh) raise(words[`alerts_told_${what}`], which, `${what} ${which}`, which);
}

/** Its kind and its reference: a locked screen shows it to whoever passes. */
function raise(title, body, tag, which = null) {
  let shown;
  try {
    shown = new Notification(title, { body, tag, lang: language });
  } catch {
    return; // telephones show none of a page's own
  }
  shown.onclick = () => {
    window.focus();
    shown.close();
    if (which) open(which);
  };
}
