// Drafts kept by the service too, so that another device of the agent's finds them.

import { ask, ofTicket } from "./asking.js";

const PAUSE_MS = 1000;
const waiting = new Map(); // what is to be kept: "reference mode" -> its timer
let turn = Promise.resolve(); // one after another: an old text never arrives after a newer one

/** Keep words once whoever writes them pauses; nothing drops them at once. */
export function keepElsewhere(reference, mode, text) {
  const key = `${reference} ${mode}`;
  clearTimeout(waiting.get(key));
  if (!text.trim()) leave(key, reference, mode, "");
  else waiting.set(key, setTimeout(() => leave(key, reference, mode, text), PAUSE_MS));
}

function leave(key, reference, mode, text) {
  waiting.delete(key);
  turn = turn.then(() => ask(ofTicket(reference, "/draft"), { mode, text })).catch(() => {}); // this browser has it
}

/** Mode -> the words that were begun on any device; none when it cannot be known now. */
export async function draftsElsewhere(reference) {
  try {
    await turn;
    const { drafts } = await ask(ofTicket(reference, "/draft"));
    return Object.fromEntries(drafts.map(({ mode, text }) => [mode, text]));
  } catch {
    return {};
  }
}
