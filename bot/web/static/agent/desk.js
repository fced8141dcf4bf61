// The agents' page: opens lists and conversations, and hears what becomes of them.

import "./keys.js";
import { root, tell, words } from "../page.js";
import { unbroken } from "../references.js";
import { alertsWith } from "./alert_choices.js";
import { ask, ofTicket } from "./asking.js";
import { addressOf, begun, chosen, look, reference } from "./chosen.js";
import { changeBox, openBox } from "./composer.js";
import { clearDeeds, showDeeds } from "./deeds.js";
import { filtersWith } from "./filters.js";
import { showRead } from "./found.js";
import { hearAlerts, openWith, tellPresence } from "./notify.js";
import { showPacket } from "./packet.js";
import { narrowWith } from "./narrowing.js";
import { markRead, markRow, showQueue } from "./queue.js";
import { leaveSearch, search, searchWith } from "./search.js";
import { sendAgain, showUnsent } from "./sending.js";
import { showSorting } from "./sorting.js";
import { follow } from "./stream.js";
import { takingWith } from "./taking.js";
import { addMessage, isBehind, lastSeen, readOn, showJoined, showNotes, showSigns, showTalk } from "./talk.js";

const title = document.getElementById("talk-title");
const whose = document.getElementById("talk-who");

let readThrough = { of: null, seq: 0 };
let opening = 0; // counts what is asked to be opened: only the last one opens

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
    showJoined(ticket.joined);
    showDeeds();
    showSorting();
    changeBox();
    showPacket();
    if (isBehind(ticket)) drawAgain();
    if (ticket.row.is_cited) tellRead();
  },
  signs: showSigns,
  alerts: hearAlerts,
};

function listen() {
  tellPresence();
  follow({ queue: chosen.queue, reference: reference(), after: lastSeen }, heard, sendAgain);
}

function showHead() {
  const { row } = chosen.ticket;
  title.textContent = row.subject;
  const told = [row.reference, row.town, row.team.label, chosen.ticket.ended ?? row.assignee ?? words.desk_nobody];
  whose.replaceChildren(...unbroken(told.join(" · ")));
}

function show(view) {
  chosen.ticket = view.ticket;
  chosen.talk = null;
  document.getElementById("choose").hidden = true;
  tell("");
  clearDeeds();
  showHead();
  showTalk(view);
  showUnsent(view);
  showDeeds();
  showSorting();
  openBox();
  showPacket();
  markRow();
  look("talk");
  readOn();
  tellRead();
}

/** Something of the conversation was hidden: what was drawn says it still. */
async function drawAgain() {
  const which = reference();
  const view = await ask(ofTicket(which)).catch(() => null); // the stream tells it again
  if (!view || which !== reference()) return;
  showTalk(view);
  showUnsent(view);
  readOn();
  listen(); // from what is drawn: more may have been told meanwhile
}

async function openTicket(which, { keeps = true } = {}) {
  const turn = ++opening;
  let view;
  try {
    view = await ask(ofTicket(which));
  } catch (error) {
    if (turn !== opening) return;
    look("talk");
    tell({ 403: words.desk_signed_out, 404: words.desk_gone }[error.status] ?? words.desk_offline);
    return;
  }
  if (turn !== opening) return;
  show(view);
  if (keeps) history.pushState(null, "", addressOf(chosen.queue, which));
  listen();
  title.focus({ preventScroll: true });
}

/** One that has no open ticket of ours. `request`: the report that it is read for. */
async function readConversation(which, { request = null, keeps = true } = {}) {
  const turn = ++opening;
  const talk = await ask(`/conversations/${which}`).catch(() => null);
  if (turn !== opening) return;
  if (talk?.ticket) {
    await openTicket(talk.ticket, { keeps });
    return;
  }
  look("talk");
  if (!talk) {
    tell(words.desk_gone);
    return;
  }
  showRead({ ...talk, request });
  if (keeps) history.pushState(null, "", addressOf(chosen.queue, null, which));
  markRow();
  showSorting();
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
  const { is_open: isOpen, is_cited: isCited } = chosen.ticket?.row ?? {};
  const isKnown = readThrough.of === reference() && readThrough.seq >= seq;
  if (!(isCited || (isOpen && !isKnown)) || document.hidden || !document.hasFocus()) return;
  readThrough = { of: reference(), seq };
  markRead(reference());
  ask(ofTicket(reference(), "/read"), { seq }).catch(() => { readThrough.seq = 0; });
}

addEventListener("focus", tellRead);
document.addEventListener("visibilitychange", tellRead);

const isPlain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

document.addEventListener("click", (event) => {
  const tab = event.target.closest("#tabs a");
  const link = event.target.closest("a[data-reference], a[data-conversation]");
  if (!(tab ?? link) || !isPlain(event)) return;
  event.preventDefault();
  if (tab) {
    leaveSearch();
    openQueue(tab.dataset.queue);
  } else if (link.dataset.conversation) readConversation(link.dataset.conversation, { request: link.dataset.request });
  else openTicket(link.dataset.reference);
});

root.addEventListener("click", async (event) => {
  const pull = event.target.closest("[data-pull]")?.dataset.pull;
  if (!pull) return;
  const turn = ++opening;
  try {
    const { reference: which } = await ask(`/conversations/${pull}/pull`, {});
    if (turn === opening) await openTicket(which);
  } catch (error) {
    const name = error.told?.name;
    document.getElementById("state").textContent = name ? `${name} ${words.desk_others}` : words.desk_gone;
  }
});

addEventListener("popstate", () => {
  opening += 1;
  const asked = new URLSearchParams(location.search);
  const queue = asked.get("queue") ?? begun.queue.queue;
  const which = asked.get("ticket");
  const conversation = asked.get("conversation");
  if (!which && conversation && conversation !== chosen.talk?.conversation) {
    chosen.queue = queue;
    readConversation(conversation, { keeps: false });
  } else if (which && which !== reference()) {
    chosen.queue = queue;
    openTicket(which, { keeps: false });
  } else if (queue !== chosen.queue) openQueue(queue, { keeps: false });
  look(which || conversation ? "talk" : "queue");
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
searchWith((link) => link.click());
filtersWith(search);
narrowWith(() => openQueue("reports"));
takingWith({ openTicket, readConversation });
const asked = new URLSearchParams(location.search).get("conversation");
if (asked && !begun.view) readConversation(asked, { keeps: false });
openWith(openTicket);
alertsWith(listen);
root.dataset.ready = "true";
