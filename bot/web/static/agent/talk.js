// The open conversation: bubbles of all sides, notes between agents, what is being sent.

import { element, icon, language, words } from "../page.js";
import { content, gist } from "./held.js";
import { time } from "./times.js";

const log = document.getElementById("log");
const scroll = document.getElementById("scroll");
const writing = document.getElementById("writing");
const NEAR_THE_END_PX = 160;

const bubbles = new Map(); // number of a message -> its bubble
const gists = new Map(); // number of a message -> what quotes it
const notes = new Map(); // id of a note -> its bubble
const leaving = new Map(); // client id of what is being sent -> its bubble
const mark = element("span", "mark");
let last = 0;
let shownThrough = 0;

for (const arrived of ["load", "loadedmetadata"]) log.addEventListener(arrived, () => growing(() => {}), true); // a picture has its size

export const lastSeen = () => last;

/** Draw another conversation from the beginning. Its past is not read out. */
export function showTalk({ messages, ticket, signs }) {
  scroll.setAttribute("aria-live", "off");
  for (const known of [bubbles, gists, notes, leaving]) known.clear();
  last = 0;
  shownThrough = 0;
  mark.remove();
  log.replaceChildren();
  messages.forEach(addMessage);
  showNotes(ticket.notes);
  showSigns(signs);
}

/** The newest is in view; from now on what is said is read out. */
export function readOn() {
  scroll.scrollTop = scroll.scrollHeight;
  requestAnimationFrame(() => scroll.setAttribute("aria-live", "polite"));
}

/** Whoever was reading the end still sees it. */
function growing(change) {
  const wasAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_THE_END_PX;
  change();
  if (wasAtEnd) scroll.scrollTop = scroll.scrollHeight;
}

export function addMessage(message) {
  if (message.seq <= last) return;
  last = message.seq;
  if (message.id?.startsWith("agent:")) arrived(message.id.slice("agent:".length));
  const item = bubble(message.sender, byline(message), message.at, content(message, (seq) => gists.get(seq)));
  gists.set(message.seq, gist(message));
  if (message.kind === "press") item.classList.add("pressed");
  item.dataset.at = message.at;
  bubbles.set(message.seq, item);
  growing(() => insert(item));
  placeMark();
}

function byline({ sender, author }) {
  if (author) return `${author.name}, ${author[`team_${language}`]}`;
  return { citizen: words.desk_citizen, assistant: words.desk_assistant }[sender];
}

function bubble(kind, by, at, body) {
  const head = element("span", "by", by, " ", time(at));
  return element("li", kind, ...(kind === "system" ? body : [head, ...body]));
}

/** Where its time puts it; what is being sent stays last. */
function insert(item) {
  const later = [...log.children].find((other) => !other.dataset.at || other.dataset.at > item.dataset.at);
  log.insertBefore(item, later ?? null);
}

export function showNotes(all) {
  for (const note of all) {
    const id = note.id ?? note.at;
    if (notes.has(id)) continue;
    if (note.id?.startsWith("note:")) arrived(note.id.slice("note:".length));
    const item = bubble("note", `${words.desk_note} – ${note.author}`, note.at, [element("p", "", note.text)]);
    item.querySelector(".by").prepend(icon("lock"), " ");
    item.dataset.at = note.at;
    notes.set(id, item);
    growing(() => insert(item));
  }
}

/** Something on its way, with where it stands. */
export function showLeaving({ id, mode, text, at }, standing, again) {
  const item = leaving.get(id) ?? bubble(mode === "note" ? "note" : "agent", words.desk_you, new Date(at).toISOString(), [element("p", "", text)]);
  item.classList.add("leaving");
  item.querySelector(".standing")?.remove();
  const line = element("span", `standing ${standing}`, { sending: words.desk_sending, sent: words.desk_sent, failed: words.desk_failed }[standing]);
  if (standing === "failed") {
    const retry = element("button", "", words.desk_retry);
    retry.type = "button";
    retry.addEventListener("click", again);
    line.prepend(icon("alert"), " ");
    line.append(" ", retry);
  }
  item.append(line);
  if (leaving.has(id)) return;
  leaving.set(id, item);
  log.append(item);
  scroll.scrollTop = scroll.scrollHeight;
}

/** It has come back as a message, or gone back to the text box. */
export function arrived(id) {
  leaving.get(id)?.remove();
  leaving.delete(id);
}

/** Whether a reply of ours is in the conversation under that client id. */
export const isHere = (id, messages, all) =>
  messages.some((m) => m.id === `agent:${id}`) || all.some((n) => n.id === `note:${id}`);

export function showSigns({ typing, shown_through: through }) {
  shownThrough = through;
  const names = typing.map((name) => name || words.desk_the_citizen);
  growing(() => {
    writing.hidden = !names.length;
    writing.querySelector("span:last-child").textContent = names.length ? `${names.join(", ")} ${words.desk_writes}` : "";
  });
  placeMark();
}

/** Under the last reply that the citizen's screen has shown. */
function placeMark() {
  const seen = [...bubbles].filter(([seq, item]) => seq <= shownThrough && item.classList.contains("agent"));
  const item = seen.at(-1)?.[1];
  if (!item) mark.remove();
  else if (mark.parentElement !== item) {
    mark.textContent = words.desk_shown;
    item.append(mark);
  }
}
