// A colleague called by name in a note: @ offers those who may read the request.

import { element, tell, words } from "../page.js";
import { ask, ofTicket } from "./asking.js";
import { agentId, reference } from "./chosen.js";

const form = document.getElementById("form");
const box = document.getElementById("text");
const list = document.getElementById("mention-list");
const status = document.getElementById("mention-status");
const ASKED = /(?:^|[\s(])@([^\s@]*(?: [^\s@]*)?)$/; // a name of two words at most is being typed
const MOST = 5; // all of them in sight: the next letters narrow the list

let known = { of: null, all: [], asked: null };
const picked = new Map(); // name -> id: two may share it
let fitting = [];
let at = 0;
let from = -1; // where the @ is
let left = -1; // the @ whose list was closed by hand

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const isNote = () => form.elements.mode.value === "note";
const isOpen = () => !list.hidden;

/** Those who may read the open request; asked once for each. */
function colleagues() {
  const of = reference();
  if (known.of === of) return known.asked;
  const mine = { of, all: [] };
  mine.asked = ask(ofTicket(of, "/colleagues")).then(
    (told) => { mine.all = told.colleagues.filter(({ id }) => id !== agentId); },
    () => { if (known === mine) known = { of: null, all: [], asked: null }; }, // asked again at the next letter
  );
  known = mine;
  return known.asked;
}

/** What the box holds may call somebody already: a draft that came back. */
export function readCalled() {
  close();
  if (isNote() && box.value.includes("@")) colleagues();
}

const called = (name) => new RegExp(`(?<![\\p{L}\\p{N}_])@${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\p{N}_])`, "gu");
const longestFirst = (one, other) => other.name.length - one.name.length; // "Anne" is no part of "Anne Marie"

/** The ids of those whose @name is in a text. Where two share a name, the one who was chosen. */
export function calledIn(text) {
  const all = known.of === reference() ? [...known.all].sort(longestFirst) : [];
  const found = [];
  let rest = text;
  for (const name of new Set(all.map((one) => one.name))) {
    if (!called(name).test(rest)) continue;
    rest = rest.replace(called(name), " ");
    const alike = all.filter((one) => one.name === name);
    const one = alike.find(({ id }) => picked.get(name) === id) ?? (alike.length === 1 ? alike[0] : null);
    if (one) found.push(one.id);
  }
  return found;
}

/** The words of a note, whoever is called in them marked. */
export function withMentions(text, mentions) {
  let parts = [text];
  for (const { name, is_me: isMe } of [...mentions].sort(longestFirst)) {
    parts = parts.flatMap((part) => (typeof part === "string" ? marked(part, name, isMe) : [part]));
  }
  return parts;
}

const marked = (text, name, isMe) => text.split(called(name)).flatMap((part, n) =>
  [...(n ? [element("strong", isMe ? "mention me" : "mention", `@${name}`)] : []), ...(part ? [part] : [])]);

function asked() {
  const before = box.value.slice(0, box.selectionStart);
  const found = isNote() && box.selectionStart === box.selectionEnd && ASKED.exec(before);
  return found ? { said: found[1], start: before.length - found[1].length - 1 } : null;
}

async function offer() {
  if (!asked()) {
    close();
    left = -1;
    return;
  }
  await colleagues();
  const now = asked(); // the box may have changed meanwhile
  if (!now || now.start === left) {
    close();
    return;
  }
  from = now.start;
  const said = fold(now.said);
  const all = known.of === reference() ? known.all : [];
  const isWanted = ({ name }) => fold(name).startsWith(said) || fold(name).split(/[\s-]/).some((part) => part.startsWith(said));
  fitting = all.filter(isWanted).slice(0, MOST);
  if (fitting.length) draw();
  else close(now.said === "" ? words.mention_nobody : "");
}

function draw() {
  list.replaceChildren(...fitting.map((one, n) => {
    const item = element("li", "", element("span", "", one.name), " ", element("span", "muted", one.teams.join(", ")));
    item.id = `mention-${n}`;
    item.role = "option";
    item.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
    item.addEventListener("click", () => take(n));
    return item;
  }));
  list.hidden = false;
  box.setAttribute("aria-controls", "mention-list");
  say(`${fitting.length} ${words.mention_offered}`);
  point(0);
}

function point(to) {
  at = (to + fitting.length) % fitting.length;
  [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
  box.setAttribute("aria-activedescendant", `mention-${at}`);
  list.children[at].scrollIntoView({ block: "nearest" });
}

function take(n) {
  const { id, name } = fitting[n];
  picked.set(name, id);
  left = from;
  close();
  box.setRangeText(`@${name} `, from, box.selectionStart, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus({ preventScroll: true });
}

function close(why = "") {
  list.hidden = true;
  list.replaceChildren();
  box.removeAttribute("aria-activedescendant");
  box.removeAttribute("aria-controls");
  say(why);
}

function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

box.addEventListener("input", offer);
box.addEventListener("click", () => { if (isOpen() || asked()) offer(); });
box.addEventListener("blur", () => close());
box.addEventListener("keydown", (event) => {
  if (!isOpen() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) point(at + step);
  else if (event.key === "Enter" && !event.shiftKey) take(at);
  else if (event.key === "Escape") {
    left = from;
    close();
  } else return;
  event.preventDefault();
  event.stopPropagation(); // it leads nowhere else
});

/** For whoever does not know the sign, and where it is hard to type. */
document.getElementById("to-mention").addEventListener("click", () => {
  const isApart = /(^|[\s(])$/.test(box.value.slice(0, box.selectionStart));
  box.focus();
  left = -1;
  box.setRangeText(isApart ? "@" : " @", box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  colleagues().then(() => { if (known.of === null) tell(words.desk_offline); });
});
