// The text box: a reply or a note, its draft kept while it is written. Its keys: keys.js.

import { tell, words } from "../page.js";
import { ask, ofTicket } from "./asking.js";
import { blankIn, selectBlank } from "./at_hand.js";
import { chosen, reference } from "./chosen.js";
import { draftsElsewhere, keepElsewhere } from "./elsewhere.js";
import { draftOf, keepDraft } from "./kept.js";
import { calledIn, readCalled } from "./mention.js";
import { openPalette } from "./palette.js";
import { onRefused, send, sendAndClose } from "./sending.js";

const form = document.getElementById("form");
const box = document.getElementById("text");
const label = document.getElementById("text-label");
const sendWord = form.querySelector(".send span");
const TOLD_EVERY_MS = 3000; // the other side forgets it after 6 s

const HINTS = { reply: words.desk_reply_hint, note: words.desk_note_hint };
const SENDS = { reply: words.desk_reply_send, note: words.desk_note_send };
let toldAt = 0;
let boxOf = null; // the ticket whose words are in the box
let changes = 0; // of what is in the box, and of what left it

const mode = () => form.elements.mode.value;

/** The box of the conversation that was opened, with what was written there before. */
export function openBox() {
  const { is_open: isOpen, is_mine: isMine, assignee } = chosen.ticket.row;
  const isSame = boxOf === reference();
  boxOf = reference();
  form.hidden = false;
  form.elements.mode[0].disabled = !isOpen; // a closed ticket takes notes
  if (isSame && isInUse()) return;
  const isTheirs = !isMine && assignee !== null;
  const isNote = !isOpen || (!draftOf(reference(), "reply") && (isTheirs || draftOf(reference(), "note")));
  form.elements.mode.value = isNote ? "note" : "reply";
  fill();
  findElsewhere();
}

/** What was begun on another device, unless something is written here already. */
async function findElsewhere() {
  const of = reference();
  const before = changes;
  const begun = await draftsElsewhere(of);
  if (changes !== before) return; // what is written or sent here is newer
  for (const [how, text] of Object.entries(begun)) if (!draftOf(of, how)) keepDraft(of, how, text);
  if (of === reference() && !box.value) fill();
}

/** The ticket was closed, or goes on. Whoever is writing goes on writing what they began: a note
 * that became a reply in mid-sentence would be read by the citizen. */
export function changeBox() {
  const { is_open: isOpen } = chosen.ticket.row;
  const wasOpen = !form.elements.mode[0].disabled;
  if (isOpen === wasOpen) return;
  form.elements.mode[0].disabled = !isOpen;
  if (isInUse()) return;
  form.elements.mode.value = isOpen ? "reply" : "note";
  fill();
}

/** Words are in the box, or are about to be. */
const isInUse = () => box.value.trim() !== "" || form.contains(document.activeElement);

function fill() {
  box.value = draftOf(reference(), mode());
  box.placeholder = HINTS[mode()];
  label.textContent = HINTS[mode()];
  sendWord.textContent = SENDS[mode()];
  form.classList.toggle("noting", mode() === "note");
  readCalled();
}

form.addEventListener("change", (event) => {
  if (event.target.name === "mode") fill(); // the draft of the other is already kept
});

box.addEventListener("input", () => {
  changes += 1;
  keepDraft(reference(), mode(), box.value);
  keepElsewhere(reference(), mode(), box.value);
  if (mode() === "reply" && box.value.trim()) tellTyping();
});

function tellTyping() {
  if (Date.now() - toldAt < TOLD_EVERY_MS) return;
  toldAt = Date.now();
  ask(ofTicket(reference(), "/typing"), {}).catch(() => {}); // only a sign
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  leave(send);
});

document.getElementById("send-close").addEventListener("click", () => {
  if (mode() === "reply") leave((_, text) => sendAndClose(text));
});

function leave(go) {
  const text = box.value.trim();
  if (!text) return;
  const how = mode();
  if (how === "reply" && blankIn(text)) {
    tell(words.answers_blank);
    selectBlank(box);
    return;
  }
  if (how === "reply" && !chosen.ticket.row.is_open) { // it was closed while this was written
    tell(words.desk_over);
    return;
  }
  const called = how === "note" ? calledIn(text) : [];
  box.value = "";
  changes += 1;
  go(how, text, called);
  keepDraft(reference(), how, "");
  keepElsewhere(reference(), how, "");
  toldAt = 0;
  box.focus({ preventScroll: true });
}

document.getElementById("to-answers").addEventListener("click", () => openPalette("answers"));
document.getElementById("to-macros").addEventListener("click", () => openPalette("macros"));

/** What was refused comes back before what was written since. */
onRefused((entry) => {
  const isHere = entry.reference === reference() && entry.mode === mode();
  const since = isHere ? box.value : draftOf(entry.reference, entry.mode);
  const both = [entry.text, since].filter(Boolean).join("\n\n");
  keepDraft(entry.reference, entry.mode, both);
  keepElsewhere(entry.reference, entry.mode, both);
  if (isHere) box.value = both; // else it waits where it was written
});
