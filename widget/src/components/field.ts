// One labelled field with its error and its button: an e-mail address, a date, a telephone number.

import { html, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";

interface Field {
  id: string;
  type: "email" | "date" | "text";
  label: string;
  send: string;
  autocomplete?: string;
  done(value: string): void;
}

/** The platform's own check decides; the error stands under the field and is tied to it. */
export function field(
  screen: Screen,
  { id, type, label, send, autocomplete, done }: Field,
): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const input = (event.target as HTMLFormElement).querySelector("input") as HTMLInputElement;
    const isWrong = !input.value.trim() || !input.validity.valid;
    input.setAttribute("aria-invalid", String(isWrong));
    const error = input.parentElement?.querySelector<HTMLElement>(".error");
    if (error) error.hidden = !isWrong;
    if (isWrong) input.focus();
    else done(input.value.trim());
  };
  return html`<form class="field" novalidate @submit=${submit}>
    <label for=${id}>${label}</label>
    <div class="row">
      <input
        id=${id}
        type=${type}
        required
        autocomplete=${autocomplete ?? (type === "email" ? "email" : "off")}
        aria-describedby="${id}-error"
      />
      <button type="submit" class="primary">${send}</button>
      <p class="error" id="${id}-error" hidden>${screen.say(type === "text" ? "field_wrong" : `${type}_wrong`)}</p>
    </div>
  </form>`;
}
