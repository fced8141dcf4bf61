// What of the list of reports is shown: a service, a state, what is late; and what comes first.

import { chosen } from "./chosen.js";

const form = document.getElementById("narrow");
const NAMES = ["service", "state", "late", "order"];

/** `opens` shows the list anew. */
export function narrowWith(opens) {
  form.addEventListener("change", () => {
    const said = new FormData(form);
    chosen.narrowed = Object.fromEntries(NAMES.map((name) => [name, said.get(name) ?? ""]));
    opens();
  });
}

/** Whether that is what was chosen last. */
export const isWanted = ({ narrowed }) => !narrowed || NAMES.every((name) => narrowed[name] === (chosen.narrowed[name] ?? ""));

export function showNarrowing() {
  form.hidden = chosen.queue !== "reports";
}
