// Sends replies and notes and loses none: each keeps its own id until it is accepted, in the
// browser too, so that sending it again changes nothing.

import { tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { reference } from "./chosen.js";
import { later } from "./later.js";
import { dropUnsent, keepUnsent, unsent } from "./kept.js";
import { arrived, isHere, lastSeen, showLeaving } from "./talk.js";

const AGAIN_MS = 3000; // twice as long each time, up to the most
const MOST_MS = 60_000;
const failed = new Set(); // ids that may be tried again
const held = new Set(); // ids that may still be taken back
let pause = AGAIN_MS;
let waiting = 0;
let giveBack = () => {}; // puts a text back into the text box

export const onRefused = (put) => { giveBack = put; };

/** `mentions`: the ids of those whom a note calls. */
export function send(mode, text, mentions = []) {
  const entry = { id: newId(), reference: reference(), mode, text, mentions, seen: lastSeen(), at: Date.now() };
  keepUnsent(entry);
  tell("");
  attempt(entry);
}

/** The same a little later, and then the request is closed: both or neither. Taken back until then,
 * the words return to the text box. */
export function sendAndClose(text) {
  const entry = { id: newId(), reference: reference(), mode: "reply", text, seen: lastSeen(), at: Date.now(), then: "close" };
  keepUnsent(entry);
  tell("");
  held.add(entry.id);
  const leaves = (options) => {
    held.delete(entry.id);
    attempt(entry, options);
  };
  later(words.answers_closing, leaves, () => {
    held.delete(entry.id);
    dropUnsent(entry.id);
    giveBack(entry);
  });
}

async function attempt(entry, options = {}) {
  failed.delete(entry.id);
  show(entry, "sending");
  const body = entry.mode === "note"
    ? { id: entry.id, text: entry.text, mentions: entry.mentions ?? [] }
    : { id: entry.id, text: entry.text, seen_through: entry.seen, ...(entry.then ? { then: entry.then } : {}) };
  try {
    await ask(ofTicket(entry.reference, `/${entry.mode}`), body, options);
    dropUnsent(entry.id);
    pause = AGAIN_MS;
    show(entry, "sent"); // until the message itself is here
  } catch (error) {
    if (error.status === 409 || error.status === 400 || error.status === 404) refused(entry, error);
    else {
      failed.add(entry.id);
      show(entry, "failed");
      if (error.status === 403) tell(words.desk_signed_out);
      else tryLater();
    }
  }
}

/** By itself: the browser says when it is on a network again, not when the service answers. */
function tryLater() {
  clearTimeout(waiting);
  waiting = setTimeout(sendAgain, pause);
  pause = Math.min(pause * 2, MOST_MS);
}

/** It will never be accepted as it is: the words go back to whoever wrote them. */
function refused(entry, { status, told }) {
  dropUnsent(entry.id);
  arrived(entry.id);
  giveBack(entry);
  if (entry.reference !== reference()) return;
  if (told.error === "taken") tell(`${told.name} ${words.desk_taken}`);
  else if (told.error === "unseen") tell(words.desk_unseen);
  else if (told.reason === "blank") tell(words.answers_blank);
  else if (told.reason === "mention") tell(words.mention_refused);
  else tell(status === 400 ? words.desk_unreadable : words.desk_over);
}

function show(entry, standing) {
  if (entry.reference === reference()) showLeaving(entry, standing, () => attempt(entry));
}

/** A conversation was opened: what it did not get is under it, and may be sent again. */
export function showUnsent({ messages, ticket }) {
  for (const entry of unsent().filter((one) => one.reference === reference() && !held.has(one.id))) {
    if (isHere(entry.id, messages, ticket.notes)) dropUnsent(entry.id);
    else {
      failed.add(entry.id);
      showLeaving(entry, "failed", () => attempt(entry));
    }
  }
}

let sending = null;

/** The connection is back: what failed in this page leaves, in order; by one at a time. */
export function sendAgain() {
  sending ??= sendAll().finally(() => { sending = null; });
  return sending;
}

async function sendAll() {
  for (const entry of unsent()) if (failed.has(entry.id) && isOfThisPage(entry)) await attempt(entry);
}

const began = Date.now();
const isOfThisPage = ({ at }) => at >= began; // what an earlier page left is the agent's to decide

addEventListener("online", sendAgain);
