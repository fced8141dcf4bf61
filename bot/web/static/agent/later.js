// What ends something is done a little later, and can be taken back until then.

const bar = document.getElementById("later");
const line = bar.querySelector("p");
const undo = bar.querySelector("button");
const PATIENCE_MS = 5000;
const UNDO_MS = 10_000; // what is done already harms nobody meanwhile

let pending = null; // {act, timer, returns}

/** Do `act` in five seconds unless it is undone; at once when the page closes or something else
 * is to be done. `act` gets the options of its request; `undone` is called when it is taken back. */
export function later(text, act, undone = () => {}, patience = PATIENCE_MS) {
  now();
  line.textContent = text;
  bar.hidden = false;
  pending = { act, undone, timer: setTimeout(now, patience), from: document.activeElement };
}

/** Something was done, which `undo` takes back, for some seconds. */
export function done(text, undo) {
  later(text, () => {}, undo, UNDO_MS);
}

function now(options = {}) {
  if (!pending) return;
  const { act } = pending;
  forget();
  act(options);
}

function forget() {
  clearTimeout(pending.timer);
  if (bar.contains(document.activeElement)) pending.from?.focus();
  pending = null;
  bar.hidden = true;
  line.textContent = "";
}

undo.addEventListener("click", () => {
  if (!pending) return;
  const { undone } = pending;
  forget();
  undone();
});
addEventListener("pagehide", () => now({ keepalive: true }));
