// The rows of what was found, and of a conversation that is only read.

import { element, tell, words } from "../page.js";
import { unbroken } from "../references.js";
import { pick } from "./bulk.js";
import { addressOf, chosen, reference } from "./chosen.js";
import { clearDeeds } from "./deeds.js";
import { reportOf, showReported } from "./reported.js";
import { takeOn } from "./taking.js";
import { readOn, showTalk } from "./talk.js";
import { time } from "./times.js";

const form = document.getElementById("form");
const deeds = document.getElementById("deeds");

/** A conversation that was found, as a row that opens it. */
export function hit(one) {
  const { row } = one;
  const link = element(
    "a",
    "row",
    element("strong", "", row?.subject ?? words.desk_no_ticket),
    element("span", "since", time(one.at)),
    element("span", "where", [one.town, one.reference ?? row?.reference, row?.assignee].filter(Boolean).join(" · ")),
    element("span", "pieces", element("span", "kind", one.label), " ", ...one.pieces.map(piece)),
  );
  link.href = addressOf(chosen.queue, row?.reference);
  if (row) link.dataset.reference = row.reference;
  else link.dataset.conversation = one.conversation;
  if (row && row.reference === reference()) link.setAttribute("aria-current", "true");
  const item = element("li", "", ...(row ? [pick(row)] : []), link);
  item.dataset.of = row?.reference ?? one.conversation;
  return item;
}

const piece = ({ text, is_hit: isHit }) => (isHit ? element("mark", "", text) : text);

/** Nobody answers in it: what was said, the reports in it, and the way to take it on. */
export function showRead(talk) {
  chosen.ticket = null;
  chosen.talk = talk;
  document.getElementById("choose").hidden = true;
  form.hidden = true;
  tell("");
  clearDeeds();
  const report = reportOf(talk);
  document.getElementById("talk-title").textContent = report?.label ?? words.desk_no_ticket;
  const who = [report?.reference, talk.town, talk.channel, talk.language, words.desk_read_only];
  document.getElementById("talk-who").replaceChildren(...unbroken(who.filter(Boolean).join(" · ")));
  const signs = { typing: [], readers: [], shown_through: 0, undelivered: [] };
  showTalk({ messages: talk.messages, ticket: { notes: [], joined: [] }, signs });
  deeds.append(talk.goes_on ? element("p", "muted", words.desk_goes_on) : takeOn());
  showReported(talk);
  readOn();
}
