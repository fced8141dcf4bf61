// What can be put right at a message: a button that opens its choices, in one dialog.

import { element, icon, words } from "../page.js";
import { explain } from "./explaining.js";
import { hide, readOriginal } from "./hiding.js";
import { openDialog, quiet } from "./mending-dialog.js";
import { chosen } from "./chosen.js";

/** The senders whose words may be personal. */
const MENDED = new Set(["citizen", "agent"]);

/** What stands under a message: what is suspected, what was hidden, and the button of its choices. */
export function tools(message) {
  if (!chosen.ticket || !MENDED.has(message.sender)) return []; // what is only read stays as it is
  const said = { seq: message.seq, text: message.text, suspects: message.suspects };
  const isCitizens = message.sender === "citizen" && message.text && message.kind !== "press";
  const line = element("span", "tools", ...suspected(said));
  if (message.is_hidden) line.append(...originals((one) => one.seq === message.seq));
  if (isCitizens && message.is_doubted) line.append(meant(message));
  line.append(menu(said, isCitizens && !message.is_doubted ? message : null));
  return [line];
}

/** The same under a note. */
export function toolsOfNote(note) {
  return [element("span", "tools", ...originals((one) => one.note === note.id), menu({ note: note.id, text: note.text, suspects: [] }, null))];
}

function suspected(said) {
  return said.suspects.map(({ text, kind }) => quiet(`${words[`desk_suspect_${kind}`]} ${words.desk_hide_do}`, () => hide({ ...said, words: [text] })));
}

function originals(isIts) {
  const { redactions, reads_originals: reads } = chosen.ticket;
  return redactions.filter(isIts).flatMap((one) => [
    element("span", "muted", `${words.desk_hidden_by} ${one.author}`),
    ...(reads ? [quiet(words.desk_original, () => readOriginal(one))] : []),
  ]);
}

const isExplained = ({ seq }) => chosen.ticket.explained.includes(seq);

function meant(message) {
  return isExplained(message) ? element("span", "muted", words.desk_explained) : explains(message);
}

function explains(message) {
  const made = quiet(words.desk_explain_doubted, () => explain(message));
  made.dataset.explains = message.seq;
  return made;
}

function menu(said, explained) {
  const made = quiet("", () => {
    const choices = [quiet(words.desk_hide, () => hide(said))];
    if (explained) choices.push(quiet(words.desk_explain, () => explain(explained)));
    if (choices.length === 1) hide(said);
    else openDialog(words.desk_mend, [element("blockquote", "", said.text), element("div", "choices", ...choices)]);
  });
  made.append(icon("more"), element("span", "hidden", words.desk_mend));
  return made;
}
