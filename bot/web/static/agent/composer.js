// The text box: a reply or a note, its draft kept while it is written, Ctrl and Enter sends.

import { words } from "../page.js";
import { ask, ofTicket } from "./asking.js";
import { chosen, reference } from "./chosen.js";
import { draftOf, keepDraft } from "./kept.js";
import { onRefused, send } from "./sending.js";

const form = document.getElementById("form");
const box = document.getElementById("text");
const label = document.getElementById("text-label");
const sendWord = form.querySelector(".send span");
const TOLD_EVERY_MS = 3000; // the other side forgets it after 6 s

const HINTS = { reply: words.desk_reply_hint, note: words.desk_note_hint };
const SENDS = { reply: words.desk_reply_send, note: words.desk_note_send };
let toldAt = 0;

const mode = () => form.elements.mode.value;

/** The box of the conversation that was opened, with what was written there before. */
export function openBox() {
  const { is_open: isOpen, is_mine: isMine, assignee } = chosen.ticket.row;
  form.hidden = false;
  form.elements.mode[0].disabled = !isOpen; // a closed ticket takes notes
  const isTheirs = !isMine && assignee !== null;
  const isNote = !isOpen || (!draftOf(reference(), "reply") && (isTheirs || draftOf(reference(), "note")));
  form.elements.mode.value = isNote ? "note" : "reply";
  fill();
}

/** The ticket was closed, or goes on: the words in the box stay. */
export function changeBox() {
  const { is_open: isOpen } = chosen.ticket.row;
  const wasOpen = !form.elements.mode[0].disabled;
  if (isOpen === wasOpen) return;
  form.elements.mode[0].disabled = !isOpen;
  form.elements.mode.value = isOpen ? "reply" : "note";
  fill();
}

function fill() {
  box.value = draftOf(reference(), mode());
  box.placeholder = HINTS[mode()];
  label.textContent = HINTS[mode()];
  sendWord.textContent = SENDS[mode()];
  form.classList.toggle("noting", mode() === "note");
}

form.addEventListener("change", (event) => {
  if (event.target.name === "mode") fill(); // the draft of the other is already kept
});

box.addEventListener("input", () => {
  keepDraft(reference(), mode(), box.value);
  if (mode() === "reply" && box.value.trim()) tellTyping();
});

function tellTyping() {
  if (Date.now() - toldAt < TOLD_EVERY_MS) return;
  toldAt = Date.now();
  ask(ofTicket(reference(), "/typing"), {}).catch(() => {}); // only a sign
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  const how = mode();
  box.value = "";
  send(how, text);
  keepDraft(reference(), how, "");
  toldAt = 0;
  box.focus({ preventScroll: true });
});

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

/** What was refused comes back before what was written since. */
onRefused((entry) => {
  const both = [entry.text, draftOf(entry.reference, entry.mode)].filter(Boolean).join("\n\n");
  keepDraft(entry.reference, entry.mode, both);
  if (entry.reference === reference()) fill();
});
