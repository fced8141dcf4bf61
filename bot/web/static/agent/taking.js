// Taking on a report about which nobody has asked for a person, and taking that back.

import { element, icon, tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { chosen } from "./chosen.js";
import { done } from "./later.js";

let opens = {}; // how a ticket is opened, and how a conversation is read

export function takingWith(given) {
  opens = given;
}

/** The button; the key of taking presses it too. */
export function takeOn() {
  const made = element("button", "primary", icon("person"), ` ${words.desk_take_on}`);
  made.type = "button";
  made.dataset.deed = "take";
  made.addEventListener("click", () => take(made));
  return made;
}

async function take(button) {
  const { conversation, request } = chosen.talk;
  const id = newId();
  button.disabled = true;
  try {
    const { reference, by, is_new: isNew } = await ask(`/conversations/${conversation}/take-on`, { id, request });
    await opens.openTicket(reference);
    if (by) tell(`${by} ${words.desk_others}`);
    else if (isNew) done(words.desk_taken_on, () => letBe(reference, id, conversation, request));
  } catch (error) {
    button.disabled = false;
    tell({ 403: words.desk_signed_out, 404: words.desk_gone, 429: words.desk_too_many }[error.status] ?? words.desk_unreached);
  }
}

async function letBe(reference, taking, conversation, request) {
  try {
    await ask(ofTicket(reference, "/let-be"), { id: newId(), taking });
    await opens.readConversation(conversation, { request });
  } catch {
    tell(words.desk_changed);
  }
}
