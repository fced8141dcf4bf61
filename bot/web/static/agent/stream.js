// Hears what happens, for as long as the page is open. The browser comes back by itself with the
// number of the last message; where it does not, this does.

import { language, words } from "../page.js";
import { ask } from "./asking.js";
import { listOf } from "./chosen.js";

const AGAIN_MS = 3000;
const NAMES = ["queue", "message", "ticket", "signs", "alerts"];
const ENDS = { signed_out: words.desk_signed_out, gone: words.desk_gone, replaced: words.desk_replaced };
const state = document.getElementById("state");

let source = null;
let waiting = 0;

/** `after()`: the last message on screen. `heard` has a function for each name. */
export function follow({ queue, reference, after }, heard, back) {
  source?.close();
  clearTimeout(waiting);
  const query = new URLSearchParams({ ...listOf(queue), lang: language, after: after() });
  if (reference) query.set("ticket", reference);
  const opened = new EventSource(`/agent/api/events?${query}`);
  source = opened;
  for (const name of NAMES) {
    opened.addEventListener(name, (event) => {
      if (opened === source) heard[name](JSON.parse(event.data));
    });
  }
  opened.addEventListener("open", () => { say(""); back(); });
  opened.addEventListener("end", (event) => {
    opened.close();
    say(ENDS[JSON.parse(event.data).why]);
  });
  opened.addEventListener("error", () => {
    if (opened !== source) return;
    say(words.desk_offline);
    if (opened.readyState === EventSource.CLOSED) waiting = setTimeout(again, AGAIN_MS);
  });

  /** The door refused, or a proxy did: is somebody still signed in? */
  async function again() {
    try {
      await ask(`/queue?queue=${queue}`);
      follow({ queue, reference, after }, heard, back);
    } catch (error) {
      if (error.status === 403) say(words.desk_signed_out);
      else waiting = setTimeout(again, AGAIN_MS);
    }
  }
}

/** Only a change is read out. */
function say(text) {
  if (state.textContent !== text) state.textContent = text;
}
