// What ends something is done a little later, and can be taken back until then.

const bar = document.getElementById("later");
const line = bar.querySelector("p");
const undo = bar.querySelector("button");
const PATIENCE_MS = 5000;

let pending = null; // {act, timer, returns}

/** Do `act` in five seconds unless it is undone; at once when the page closes or something else
 * is to be done. `act` gets the options of its request. */
export function later(text, act) {
  now();
  line.textContent = text;
  bar.hidden = false;
  pending = { act, timer: setTimeout(now, PATIENCE_MS), from: document.activeElement };
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

undo.addEventListener("click", () => { if (pending) forget(); });
addEventListener("pagehide", () => now({ keepalive: true }));
