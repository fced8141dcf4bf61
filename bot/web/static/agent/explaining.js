// What a message meant: two presses send it for review, the rest can be added.

import { element, words } from "../page.js";
import { ask, ofTicket } from "./asking.js";
import { chosen, reference } from "./chosen.js";
import { field, openDialog, quiet, select } from "./mending-dialog.js";

const REPORT = "file_request";
let known = null; // what can be chosen, once asked for

export async function explain({ seq, text }) {
  known ??= ask("/meanings");
  const { intents, services, towns } = await known.catch((error) => { known = null; throw error; });
  const pairs = (named) => named.map(({ code, label }) => [code, label]);
  const service = select([["", words.desk_explain_same], ...pairs(services)]);
  const town = select([["", words.desk_explain_same], ...pairs(towns)]);
  const own = chosen.ticket.requests.filter((one) => one.moves).map((one) => [one.reference, `${one.label} · ${one.reference}`]);
  const request = select([["", words.desk_explain_no_request], ...own]);
  let perform;
  const send = (intent) =>
    perform(() => {
      const isReport = intent === REPORT;
      return ask(ofTicket(reference(), "/correct"), {
        seq,
        intent,
        service: (isReport && service.value) || null,
        place: town.value || null,
        request: (isReport && service.value && request.value) || null,
      });
    });
  const more = element("details", "", element("summary", "button", words.desk_explain_more), field(words.desk_explain_service, service), field(words.desk_explain_place, town));
  if (own.length) more.append(field(words.desk_explain_request, request));
  perform = openDialog(
    words.desk_explain,
    [
      element("blockquote", "", text),
      element("p", "muted", words.desk_explain_what),
      more,
      element("div", "choices", ...intents.map(({ code, label }) => quiet(label, () => send(code)))),
    ],
    { why: ({ told }) => (told?.error === "taken" ? `${told.name} ${words.desk_others}` : null) },
  );
}
