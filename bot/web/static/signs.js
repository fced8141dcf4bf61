// What passes between a citizen and an agent beside messages: who is writing, what was read.

import { growing } from "./bubbles.js";
import { element, words } from "./page.js";
import { call } from "./server.js";

const writing = document.getElementById("writing");
const box = document.getElementById("text");
const TOLD_EVERY_MS = 3000; // the other side forgets it after 6 s

const bubbles = new Map(); // number of a message of the citizen's -> its bubble
const mark = element("span", "read", words.read);
let known = { typing: "", read: 0 };
let isWithAgent = false;
let toldAt = 0;

/** A message of the citizen's is known under its number. */
export function mine(seq, bubble) {
  bubbles.set(seq, bubble);
  placeMark();
}

/** The bubble of a message of the citizen's, by its number. */
export const bubbleOf = (seq) => bubbles.get(seq);

/** What the page shows, so that the service answers at once when it is no longer so. */
export const knownSigns = () => new URLSearchParams(known).toString();

export function showSigns({ owner, typing, read_through: read }) {
  isWithAgent = owner === "agent";
  known = { typing: typing ?? "", read: read ?? 0 };
  growing(() => {
    writing.hidden = !typing;
    writing.querySelector("span:last-child").textContent = typing ? `${typing} ${words.writes}` : "";
  });
  placeMark();
}

/** Under the last message, once it was read. */
function placeMark() {
  const last = Math.max(0, ...bubbles.keys());
  if (last && last <= known.read) {
    if (mark.parentElement !== bubbles.get(last)) growing(() => bubbles.get(last).append(mark));
  } else mark.remove();
}

box.addEventListener("input", () => {
  if (!isWithAgent || !box.value.trim() || Date.now() - toldAt < TOLD_EVERY_MS) return;
  toldAt = Date.now();
  call("/api/typing", { method: "POST" }).catch(() => {}); // only a sign: nothing is lost without it
});
