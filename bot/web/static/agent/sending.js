// Sends replies and notes and loses none: each keeps its own id until it is accepted, in the
// browser too, so that sending it again changes nothing.

import { tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { reference } from "./chosen.js";
import { dropUnsent, keepUnsent, unsent } from "./kept.js";
import { arrived, isHere, lastSeen, showLeaving } from "./talk.js";

const failed = new Set(); // ids that may be tried again
let giveBack = () => {}; // puts a text back into the text box

export const onRefused = (put) => { giveBack = put; };

export function send(mode, text) {
  const entry = { id: newId(), reference: reference(), mode, text, seen: lastSeen(), at: Date.now() };
  keepUnsent(entry);
  tell("");
  attempt(entry);
}

async function attempt(entry) {
  failed.delete(entry.id);
  show(entry, "sending");
  const body = entry.mode === "note"
    ? { id: entry.id, text: entry.text }
    : { id: entry.id, text: entry.text, seen_through: entry.seen };
  try {
    await ask(ofTicket(entry.reference, `/${entry.mode}`), body);
    dropUnsent(entry.id);
    show(entry, "sent"); // until the message itself is here
  } catch (error) {
    if (error.status === 409 || error.status === 400 || error.status === 404) refused(entry, error);
    else {
      failed.add(entry.id);
      show(entry, "failed");
      if (error.status === 403) tell(words.desk_signed_out);
    }
  }
}

/** It will never be accepted as it is: the words go back to whoever wrote them. */
function refused(entry, { status, told }) {
  dropUnsent(entry.id);
  arrived(entry.id);
  giveBack(entry);
  if (entry.reference !== reference()) return;
  if (told.error === "taken") tell(`${told.name} ${words.desk_taken}`);
  else tell(status === 400 ? words.desk_unreadable : words.desk_over);
}

function show(entry, standing) {
  if (entry.reference === reference()) showLeaving(entry, standing, () => attempt(entry));
}

/** A conversation was opened: what it did not get is under it, and may be sent again. */
export function showUnsent({ messages, ticket }) {
  for (const entry of unsent().filter((one) => one.reference === reference())) {
    if (isHere(entry.id, messages, ticket.notes)) dropUnsent(entry.id);
    else {
      failed.add(entry.id);
      showLeaving(entry, "failed", () => attempt(entry));
    }
  }
}

/** The connection is back: what failed in this page leaves, in order. */
export async function sendAgain() {
  for (const entry of unsent()) if (failed.has(entry.id) && isOfThisPage(entry)) await attempt(entry);
}

const began = Date.now();
const isOfThisPage = ({ at }) => at >= began; // what an earlier page left is the agent's to decide

addEventListener("online", sendAgain);
