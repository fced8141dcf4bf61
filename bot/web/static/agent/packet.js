// The context of a ticket: facts first, then what stands behind them.

import { element, icon, words } from "../page.js";
import { unbroken } from "../references.js";
import { ask, ofTicket } from "./asking.js";
import { addressOf, chosen, reference } from "./chosen.js";
import { download, photo, picture } from "./held.js";
import { moves } from "./moving.js";
import { showPlace } from "./place.js";
import { sign } from "./queue.js";
import { settles } from "./settling.js";
import { suggested } from "./suggested.js";
import { day, moment, time } from "./times.js";

const SCORES = { good: words.desk_score_good, bad: words.desk_score_bad };
const panel = document.getElementById("packet");

export function showPacket() {
  if (panel.contains(document.activeElement) && panel.querySelector("form.filling")) return; // an answer is being written
  const { ticket } = chosen;
  const likely = suggested(showPacket);
  panel.replaceChildren(
    ...signs(ticket),
    ...(ticket.summary ? [element("p", "summary", ticket.summary)] : []),
    facts(ticket),
    ...form(ticket),
    ...section(words.desk_photos, ticket.photos.length && element("div", "photos", ...ticket.photos.map((id) => picture(photo(id, "thumb"), photo(id, "full"), words.desk_photo)))),
    ...section(words.desk_files, ticket.files.length && list(ticket.files.map((sent) => [download(sent)]))),
    ...section(words.desk_suggested, likely.length && list(likely)),
    ...section(words.desk_readings, ticket.readings.length && list(ticket.readings.map(({ label, percent }) => [label, ` ${percent} %`]), "plain")),
    ...section(words.desk_about_to, ticket.about_to.length && element("blockquote", "", ticket.about_to.join("\n"))),
    ...section(words.desk_requests, ticket.requests.length && list(ticket.requests.map(ownRequest))),
    ...section(words.desk_earlier, ticket.earlier.length && list(ticket.earlier.map(earlier))),
    ...section(words.desk_others_contacts, ticket.others.length && list(ticket.others.map(otherContact))),
    ...section(words.desk_history, list(ticket.history.map(({ at, text }) => [time(at), " ", text]), "history")),
  );
}

function signs({ row }) {
  const shown = row.marks.map(({ code, label }) => sign(code, "mood", label));
  if (row.priority.code !== "normal") shown.unshift(sign(row.priority.code, "flag", row.priority.label));
  if (row.is_escalated) shown.push(sign("late", "late", words.desk_escalated));
  return shown.length ? [element("p", "signs", ...shown)] : [];
}

function facts(ticket) {
  const lines = [
    [words.desk_reason, ticket.reason],
    [words.desk_service, ticket.service],
    [words.desk_place, place(ticket)],
    [words.desk_reach, [ticket.reach, ticket.contact].filter(Boolean).join(" ")],
    [words.desk_call_from, ticket.call_at && moment(ticket.call_at)],
    [words.desk_language, ticket.language],
    [words.desk_channel, ticket.channel],
    [words.desk_score, ticket.score && SCORES[ticket.score]],
    [words.desk_opinion, ticket.opinion],
  ];
  return element("dl", "", ...lines.filter(([, value]) => value).map(([name, value]) => line(name, begun(value))));
}

const begun = (value) => (typeof value === "string" ? value[0].toLocaleUpperCase() + value.slice(1) : value);

export const line = (name, ...value) => element("div", "", element("dt", "", name), element("dd", "", ...value));

export function place({ place: address, point }) {
  if (!point) return address;
  return element("span", "where", ...(address ? [address, " "] : []), mapOf(point, address));
}

function mapOf(point, address) {
  const open = element("button", "quiet", icon("pin"), ` ${words.desk_map}`);
  open.type = "button";
  open.addEventListener("click", () => showPlace(point, address));
  return open;
}

export function section(title, content) {
  return content ? [element("section", "", element("h3", "", title), content)] : [];
}

export const list = (items, className = "") => element("ul", className, ...items.map((parts) => element("li", "", ...parts)));

function form({ form: answers, missing, fills }) {
  if (answers.length + missing.length === 0) return [];
  const lines = [...answers, ...missing].map((fact) => answer(fact, fills));
  return section(words.desk_form, element("dl", "form", ...lines));
}

function answer(fact, fills) {
  const value = fact.value || element("span", "muted", words.desk_missing);
  if (!fills || !fact.field) return line(fact.name, value);
  const change = element("button", "quiet", icon("pencil"), element("span", "hidden", `${words.desk_save} : ${fact.name}`));
  change.type = "button";
  const made = line(fact.name, value, change);
  change.addEventListener("click", () => edit(made.querySelector("dd"), fact));
  return made;
}

/** Answer a question of the form where its answer stands. */
function edit(where, fact) {
  const input = element(fact.choices.length ? "select" : "input");
  for (const text of fact.choices) input.append(element("option", "", text));
  input.value = fact.choices.length && !fact.value ? fact.choices[0] : fact.value;
  input.setAttribute("aria-label", fact.name);
  const told = element("span", "wrong");
  told.setAttribute("role", "status");
  const made = element("form", "filling", input, element("button", "", words.desk_save), told);
  const before = [...where.childNodes];
  const leave = () => { where.replaceChildren(...before); where.querySelector("button")?.focus(); };
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    leave();
  });
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await ask(ofTicket(reference(), "/fill"), { field: fact.field, text: input.value });
      leave(); // the stream brings what was understood
      showPacket();
    } catch (error) {
      told.textContent = error.told?.error === "taken" ? `${error.told.name} ${words.desk_others}` : words.desk_unreadable;
    }
  });
  where.replaceChildren(made);
  input.focus();
}

export function ownRequest(own) {
  const { reference: number, label, address, state, filed_at: at } = own;
  return [
    element("strong", "", label),
    element("span", "", [address, state].filter(Boolean).join(" · ")),
    element("span", "muted", ...unbroken(`${number} · ${day.format(new Date(at))}`)),
    ...(own.point ? [mapOf(own.point, address)] : []),
    ...(chosen.ticket && own.moves ? [moves(own)] : []),
    ...(chosen.ticket && own.states.length ? [settles(own)] : []),
  ];
}

export function earlier({ reference: number, subject, is_open: isOpen, opened_at: at, score }) {
  const link = element("a", "", subject);
  link.href = addressOf(chosen.queue, number);
  link.dataset.reference = number;
  const stands = [isOpen ? null : words.desk_closed, score && SCORES[score]].filter(Boolean);
  return [link, element("span", "muted", ...unbroken([number, day.format(new Date(at)), ...stands].join(" · ")))];
}

/** Something else that the same person asked: a ticket of this page, or a page of its own. */
export function otherContact({ id, channel, shown, at, ticket }) {
  const link = element("a", "", shown || channel);
  link.href = ticket ? addressOf(chosen.queue, ticket) : `/agent/contacts/${id}?lang=${document.documentElement.lang}`;
  if (ticket) link.dataset.reference = ticket;
  return [link, element("span", "muted", ...unbroken([begun(channel), ticket, day.format(new Date(at))].filter(Boolean).join(" · ")))];
}
