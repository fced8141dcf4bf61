// Hiding what is personal, and reading what was hidden.

import { element, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { reference } from "./chosen.js";
import { field, openDialog } from "./mending-dialog.js";

const LONGEST_REASON = 300;

/** `said`: a message by its number or a note by its id, its text, and words to begin with. */
export function hide({ seq = null, note = null, text, suspects, words: begun }) {
  const selected = String(getSelection()).trim();
  const box = element("textarea");
  box.rows = 3;
  box.value = (begun ?? (selected && text.includes(selected) ? [selected] : suspects.map((one) => one.text))).join("\n");
  const whole = element("input");
  whole.type = "checkbox";
  whole.addEventListener("change", () => { box.disabled = whole.checked; });
  if (!text) { whole.checked = true; box.disabled = true; }
  openDialog(
    words.desk_hide,
    [
      element("p", "muted", words.desk_hide_what),
      ...(text ? [element("blockquote", "", text), field(words.desk_hide_words, box)] : []),
      element("label", "check", whole, ` ${words.desk_hide_all}`),
    ],
    {
      does: words.desk_hide_do,
      act: () => {
        const passages = whole.checked ? [] : box.value.split("\n").map((line) => line.trim()).filter(Boolean);
        if (!whole.checked && !passages.length) throw Object.assign(new Error("empty"), { status: 400 });
        return ask(ofTicket(reference(), "/redact"), { id: newId(), seq, note, words: passages });
      },
      why: ({ status }) => (status === 400 ? words.desk_hide_not_there : null),
    },
  );
}

/** What was hidden, once a reason is given. */
export function readOriginal({ id }) {
  const why = element("input");
  why.required = true;
  why.minLength = 5;
  why.maxLength = LONGEST_REASON;
  const shown = element("div", "original");
  openDialog(words.desk_original, [element("p", "muted", words.desk_original_what), field(words.desk_original_why, why), shown], {
    does: words.desk_original,
    act: async () => {
      const { text, files } = await ask(ofTicket(reference(), "/original"), { redaction: id, why: why.value });
      shown.replaceChildren(element("blockquote", "", text), ...(files ? [element("p", "", `${words.desk_original_files} ${files}`)] : []));
      return true;
    },
  });
}
