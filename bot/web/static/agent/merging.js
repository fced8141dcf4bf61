// A ticket that goes on in another one: chosen from what is like it, or by its reference.

import { element, icon, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { addressOf, begun, chosen, reference } from "./chosen.js";
import { field, openDialog, quiet, select } from "./mending-dialog.js";
import { day } from "./times.js";

const MOST_CHOSEN = 30; // of the last messages

export async function merge() {
  const which = reference();
  const { tickets } = await ask(ofTicket(which, "/mergeable")).catch(() => ({ tickets: [] }));
  const found = element("div", "found");
  const box = element("input");
  box.pattern = "\\d{4}-\\d{6,12}";
  box.required = true;
  const tells = element("input");
  tells.type = "checkbox";
  const telling = element("label", "check", tells, ` ${words.desk_merge_tells}`);
  telling.hidden = true;
  const choose = (one) => {
    box.value = one.reference;
    telling.hidden = one.is_same_citizen;
    found.replaceChildren(...preview(one));
  };
  box.addEventListener("change", async () => {
    if (!box.checkValidity()) return;
    const named = await ask(ofTicket(which, `/mergeable?into=${box.value}`)).catch(() => ({ tickets: [] }));
    if (named.tickets.length) choose(named.tickets[0]);
    else found.replaceChildren(element("p", "refusal", words.desk_merge_refused));
  });
  const likely = tickets.map((one) => quiet(`${one.subject} · ${one.reference} · ${one.why}`, () => choose(one)));
  openDialog(
    words.desk_merge_title,
    [
      element("p", "muted", words.desk_merge_what),
      element("h3", "", words.desk_merge_likely),
      likely.length ? element("div", "choices", ...likely) : element("p", "", words.desk_merge_none),
      field(words.desk_merge_into, box),
      found,
      telling,
    ],
    {
      does: words.desk_merge_do,
      act: () => ask(ofTicket(which, "/merge"), { id: newId(), into: box.value, tells: !telling.hidden && tells.checked }),
      why: ({ status }) => ([400, 404, 409].includes(status) ? words.desk_merge_refused : null),
    },
  );
}

function preview({ reference: number, subject, town, team, summary, opened_at: at, why }) {
  return [element("p", "", element("strong", "", subject), ` · ${number} · ${town} · ${team} · ${day.format(new Date(at))} · ${why}`), ...(summary ? [element("blockquote", "", summary)] : [])];
}

/** Some of the citizen's messages, for another team. */
export async function split() {
  const which = reference();
  const { messages } = await ask(ofTicket(which)).catch(() => ({ messages: [] }));
  const said = messages.filter(({ sender, kind, text }) => sender === "citizen" && kind !== "press" && text).slice(-MOST_CHOSEN);
  const boxes = said.map(({ seq, text }) => {
    const box = element("input");
    box.type = "checkbox";
    box.value = seq;
    return [box, element("label", "check", box, ` ${text}`)];
  });
  const team = select(begun.teams.filter(({ code }) => code !== chosen.ticket.row.team.code).map(({ code, label }) => [code, label]));
  team.selectedIndex = 0;
  const tells = element("input");
  tells.type = "checkbox";
  openDialog(
    words.desk_split_title,
    [
      element("p", "muted", words.desk_split_what),
      element("div", "", ...boxes.map(([, label]) => label)),
      field(words.desk_team, team),
      element("label", "check", tells, ` ${words.desk_split_tells}`),
    ],
    {
      does: words.desk_split_do,
      act: () => {
        const seqs = boxes.filter(([box]) => box.checked).map(([box]) => Number(box.value));
        return ask(ofTicket(which, "/split"), { id: newId(), seqs, team: team.value, tells: tells.checked });
      },
    },
  );
}

/** Where a merged ticket goes on, and how that is undone. */
export function merged(post) {
  const { merged_into: into } = chosen.ticket;
  if (!into) return [];
  const link = element("a", "", into);
  link.href = addressOf(chosen.queue, into);
  link.dataset.reference = into;
  return [element("p", "", icon("chat"), ` ${words.desk_merged_into} `, link), quiet(words.desk_unmerge, () => post("unmerge", { id: newId() }))];
}
