// The agents' page: opens lists and conversations, and hears what becomes of them.

import { root, tell, words } from "../page.js";
import { ask, ofTicket } from "./asking.js";
import { addressOf, begun, chosen, look, reference } from "./chosen.js";
import { changeBox, openBox } from "./composer.js";
import { clearDeeds, showDeeds } from "./deeds.js";
import { showPacket } from "./packet.js";
import { markRead, markRow, showQueue } from "./queue.js";
import { sendAgain, showUnsent } from "./sending.js";
import { follow } from "./stream.js";
import { addMessage, lastSeen, readOn, showNotes, showSigns, showTalk } from "./talk.js";

const title = document.getElementById("talk-title");
const whose = document.getElementById("talk-who");
const rows = document.getElementById("rows");

let readThrough = { of: null, seq: 0 };

const heard = {
  queue: showQueue,
  message(message) {
    addMessage(message);
    tellRead();
  },
  ticket(ticket) {
    if (ticket.row.reference !== reference()) return;
    chosen.ticket = ticket;
    showHead();
    showNotes(ticket.notes);
    showDeeds();
    changeBox();
    showPacket();
  },
  signs: showSigns,
};

const listen = () => follow({ queue: chosen.queue, reference: reference(), after: lastSeen }, heard, sendAgain);

function showHead() {
  const { row } = chosen.ticket;
  title.textContent = row.subject;
  whose.textContent = [row.reference, row.town, row.team.label, row.assignee ?? (row.is_open ? words.desk_nobody : words.desk_closed)].join(" · ");
}

function show(view) {
  chosen.ticket = view.ticket;
  document.getElementById("choose").hidden = true;
  tell("");
  clearDeeds();
  showHead();
  showTalk(view);
  showUnsent(view);
  showDeeds();
  openBox();
  showPacket();
  markRow();
  look("talk");
  readOn();
  tellRead();
}

async function openTicket(which, { keeps = true } = {}) {
  let view;
  try {
    view = await ask(ofTicket(which));
  } catch (error) {
    look("talk");
    tell({ 403: words.desk_signed_out, 404: words.desk_gone }[error.status] ?? words.desk_offline);
    return;
  }
  show(view);
  if (keeps) history.pushState(null, "", addressOf(chosen.queue, which));
  listen();
  title.focus({ preventScroll: true });
}

async function openQueue(name, { keeps = true } = {}) {
  chosen.queue = name;
  if (keeps) history.pushState(null, "", addressOf(name, reference()));
  listen(); // it tells the list at once
}

/** What is on screen of a page in front of somebody was read. */
function tellRead() {
  const seq = lastSeen();
  const isKnown = readThrough.of === reference() && readThrough.seq >= seq;
  if (isKnown || !reference() || !chosen.ticket.row.is_open || document.hidden || !document.hasFocus()) return;
  readThrough = { of: reference(), seq };
  markRead(reference());
  ask(ofTicket(reference(), "/read"), { seq }).catch(() => { readThrough.seq = 0; });
}

addEventListener("focus", tellRead);
document.addEventListener("visibilitychange", tellRead);

const isPlain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

document.addEventListener("click", (event) => {
  const tab = event.target.closest("#tabs a");
  const link = event.target.closest("a[data-reference]");
  if (!(tab ?? link) || !isPlain(event)) return;
  event.preventDefault();
  if (tab) openQueue(tab.dataset.queue);
  else openTicket(link.dataset.reference);
});

rows.addEventListener("click", async (event) => {
  const { pull } = event.target.dataset;
  if (!pull) return;
  try {
    const { reference: which } = await ask(`/conversations/${pull}/pull`, {});
    await openTicket(which);
  } catch (error) {
    const name = error.told?.name;
    document.getElementById("state").textContent = name ? `${name} ${words.desk_others}` : words.desk_gone;
  }
});

addEventListener("popstate", () => {
  const asked = new URLSearchParams(location.search);
  const queue = asked.get("queue") ?? begun.queue.queue;
  const which = asked.get("ticket");
  if (which && which !== reference()) {
    chosen.queue = queue;
    openTicket(which, { keeps: false });
  } else if (queue !== chosen.queue) openQueue(queue, { keeps: false });
  look(which ? "talk" : "queue");
});

/** On a narrow screen: one column at a time, each with the way back. */
function goTo(where, focused) {
  look(where);
  document.getElementById(focused).focus({ preventScroll: true });
}

document.getElementById("to-queue").addEventListener("click", () => goTo("queue", "queue-title"));
document.getElementById("to-context").addEventListener("click", () => goTo("context", "context-title"));
document.getElementById("to-talk").addEventListener("click", () => goTo("talk", "talk-title"));
root.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (root.dataset.view === "context") goTo("talk", "talk-title");
  else if (root.dataset.view === "talk") goTo("queue", "queue-title");
});

showQueue(begun.queue);
if (begun.view) show(begun.view);
listen();
root.dataset.ready = "true";
