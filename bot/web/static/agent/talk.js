// The open conversation: bubbles of all sides, notes between agents, what is being sent.

import { element, icon, language, words } from "../page.js";
import { content, gist } from "./held.js";
import { tools, toolsOfNote } from "./mending.js";
import { withMentions } from "./mention.js";
import { time } from "./times.js";

const log = document.getElementById("log");
const scroll = document.getElementById("scroll");
const writing = document.getElementById("writing");
const NEAR_THE_END_PX = 160;

const bubbles = new Map(); // number of a message -> its bubble
const gists = new Map(); // number of a message -> what quotes it
const notes = new Map(); // id of a note -> its bubble
const joined = new Map(); // reference and number of a message of a merged ticket -> its bubble
const leaving = new Map(); // client id of what is being sent -> its bubble
const here = new Set(); // client ids of what came back: the stream may be before the answer to the sending
const mark = element("span", "mark");
let last = 0;
let shownThrough = 0;

for (const arrived of ["load", "loadedmetadata"]) log.addEventListener(arrived, () => growing(() => {}), true); // a picture has its size

export const lastSeen = () => last;

/** Draw another conversation from the beginning. Its past is not read out. */
export function showTalk({ messages, ticket, signs }) {
  scroll.setAttribute("aria-live", "off");
  for (const known of [bubbles, gists, notes, joined, leaving]) known.clear();
  last = 0;
  shownThrough = 0;
  mark.remove();
  log.replaceChildren();
  messages.forEach(addMessage);
  showNotes(ticket.notes);
  showJoined(ticket.joined);
  showSigns(signs);
}

/** Whether something on screen was hidden, or explained, since it was drawn. */
export function isBehind({ redactions, explained, notes: all }) {
  const hidden = redactions.filter(({ seq }) => seq !== null).map(({ seq }) => bubbles.get(seq));
  if (hidden.some((item) => item && !item.dataset.hidden)) return true;
  if (explained.some((seq) => bubbles.get(seq)?.querySelector("[data-explains]"))) return true;
  return all.some(({ id, at, text }) => notes.has(id ?? at) && notes.get(id ?? at).querySelector("p").textContent !== text);
}

/** What was said in tickets that go on in this one, each marked with where it comes from. */
export function showJoined(all) {
  const now = new Map(all.flatMap((one) => one.messages.map((message) => [`${one.reference}/${message.seq}`, { one, message }])));
  for (const [key, item] of joined) {
    if (now.has(key)) continue;
    item.remove();
    joined.delete(key);
  }
  for (const [key, { one, message }] of now) {
    if (joined.has(key) || message.sender === "system") continue;
    const by = [byline(message), `${words.desk_joined} ${one.reference}`].join(" · ");
    const item = bubble(`${message.sender} from`, by, message.at, content(message, () => undefined, one.reference));
    item.dataset.at = message.at;
    joined.set(key, item);
    growing(() => insert(item));
  }
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
  item.append(...tools(message));
  if (message.is_hidden) item.dataset.hidden = "true";
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
    const item = bubble("note", `${words.desk_note} – ${note.author}`, note.at, [element("p", "", ...withMentions(note.text, note.mentions))]);
    item.querySelector(".by").prepend(icon("lock"), " ");
    item.append(...toolsOfNote(note));
    item.dataset.at = note.at;
    notes.set(id, item);
    growing(() => insert(item));
  }
}

/** Something on its way, with where it stands. */
export function showLeaving({ id, mode, text, at }, standing, again) {
  if (here.has(id)) return;
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
  here.add(id);
  leaving.get(id)?.remove();
  leaving.delete(id);
}

/** Whether a reply of ours is in the conversation under that client id. */
export const isHere = (id, messages, all) =>
  messages.some((m) => m.id === `agent:${id}`) || all.some((n) => n.id === `note:${id}`);

export function showSigns({ typing, readers, shown_through: through, undelivered }) {
  showReaders(readers);
  shownThrough = through;
  markUndelivered(undelivered);
  const names = typing.map((name) => name || words.desk_the_citizen);
  growing(() => {
    writing.hidden = !names.length;
    writing.querySelector("span:last-child").textContent = names.length ? `${names.join(", ")} ${words.desk_writes}` : "";
  });
  placeMark();
}

/** Who else has it open: said once, when it changes. */
function showReaders(names) {
  const text = names.length ? `${names.join(", ")} ${words.desk_reads_too}` : "";
  const line = document.getElementById("readers");
  if (line.querySelector("span").textContent !== text) line.querySelector("span").textContent = text;
  line.hidden = !names.length;
}

/** What the citizen's channel did not take says so, until it does. */
function markUndelivered(undelivered) {
  log.querySelectorAll(".undelivered").forEach((line) => line.remove());
  for (const { seq, waits } of undelivered) {
    const text = waits ? words.desk_blocked : words.desk_not_delivered;
    bubbles.get(seq)?.append(element("span", "standing failed undelivered", icon("alert"), ` ${text}`));
  }
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
