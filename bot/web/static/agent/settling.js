// The state of a citizen's report: changed by itself, or as its request is ended.

import { element, tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { chosen, reference } from "./chosen.js";
import { field, openDialog, quiet, select } from "./mending-dialog.js";

const EXPLAINED = new Set(["rejected", "waiting_citizen"]);
const LONGEST = 2000;
const options = (states) => states.map(({ code, label }) => [code, label]);

/** The button beside a report whose state may change. */
export const settles = (own) => quiet(words.desk_state, () => change(own));

function change(own) {
  const which = reference();
  const first = own.states.find(({ code }) => code === "in_progress") ?? own.states[0];
  const state = select(options(own.states), first.code);
  const reason = element("textarea");
  reason.rows = 3;
  reason.maxLength = LONGEST;
  const day = element("input");
  day.type = "date";
  const onDay = field(words.desk_state_day, day);
  const follow = () => {
    reason.required = EXPLAINED.has(state.value);
    onDay.hidden = state.value !== "planned";
  };
  state.addEventListener("change", follow);
  follow();
  const act = () => {
    const planned = state.value === "planned" && day.value ? day.value : null;
    return ask(ofTicket(which, "/state"), { id: newId(), request: own.reference, state: state.value, reason: reason.value.trim() || null, day: planned });
  };
  openDialog(
    words.desk_state,
    [
      element("p", "muted", `${own.label} · ${own.reference} · ${own.state}`),
      field(words.desk_state_new, state),
      field(words.desk_state_reason, reason),
      onDay,
      element("p", "muted", words.desk_state_told),
    ],
    { does: words.desk_state, act: async () => { await act(); tell(words.desk_state_done); }, why },
  );
}

function why({ status, told }) {
  if (told?.error === "taken") return `${told.name} ${words.desk_others}`;
  return told?.field === "day" ? words.desk_state_past : status === 400 ? words.desk_state_refused : null;
}

/** Before a request ends: what becomes of its reports that are not settled, no change unless one is
 * chosen. `ends` is given the states; at once where there is no such report. */
export function askWhatBecomes(ends) {
  const own = chosen.ticket.requests.filter((one) => one.is_here && one.moves);
  if (!own.length) {
    ends([]);
    return;
  }
  const choices = own.map((one) => {
    const known = options(one.states).filter(([code]) => !EXPLAINED.has(code));
    return [one, select([["", `${words.desk_state_same} (${one.state})`], ...known])];
  });
  openDialog(
    words.desk_close,
    choices.map(([one, state]) => field(`${words.desk_state_of} ${one.reference}, ${one.label}`, state)),
    { does: words.desk_close, act: () => ends(choices.filter(([, state]) => state.value).map(([one, state]) => ({ request: one.reference, state: state.value }))) },
  );
}
