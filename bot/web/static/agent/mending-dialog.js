// The one dialog of what is put right: its title, its fields, what it does, and why it was refused.

import { element, words } from "../page.js";

const dialog = element("dialog", "mend");
dialog.setAttribute("aria-labelledby", "mend-title");
document.querySelector("main").append(dialog);

export function quiet(text, act) {
  const made = element("button", "quiet", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/** A field with its label. */
export function field(name, input, className = "field") {
  return element("label", className, element("span", "", name), input);
}

/** A list to choose from: [code, label]. */
export function select(options, value = "") {
  const made = element("select");
  for (const [code, label] of options) {
    const option = element("option", "", label);
    option.value = code;
    made.append(option);
  }
  made.value = value;
  return made;
}

/** Show fields; `does` and `act` are its button, and what it does before the dialog closes. `why`
 * says a refusal in words. */
export function openDialog(title, fields, { does, act, why } = {}) {
  const told = element("p", "refusal");
  told.setAttribute("role", "status");
  const heading = element("h2", "", title);
  heading.id = "mend-title";
  const ends = element("div", "ends");
  const form = element("form", "", heading, ...fields, told, ends);
  if (does) ends.append(element("button", "primary", does));
  ends.append(quiet(words.desk_cancel, () => dialog.close()));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!act) return;
    await perform(act, told, why);
  });
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
  return (other) => perform(other, told, why);
}

async function perform(act, told, why = () => null) {
  told.textContent = "";
  try {
    const stays = await act();
    if (stays !== true) dialog.close();
  } catch (error) {
    told.textContent = why(error) ?? { 403: words.desk_forbidden, 409: words.desk_changed, 429: words.desk_too_many }[error.status] ?? (error.status < 500 ? words.desk_refused : words.desk_unreached);
  }
}
