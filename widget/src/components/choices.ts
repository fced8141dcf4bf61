// What answers a question: quick replies, and what its kind of answer needs.

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Line } from "../app/line.js";
import type { Screen } from "../app/screen.js";
import { field } from "./field.js";
import { day } from "./moment.js";
import { photoButton } from "./photo.js";
import { placeTools } from "./place.js";

export function answering(screen: Screen, line: Line): TemplateResult {
  const { buttons, expects } = line.event;
  return html`<div class="answering">
    ${means(screen, line.key, expects ?? null)}
    ${
      buttons?.length
        ? html`<div class="choices">${buttons.map(
            ({
              title,
              payload,
            }) => html`<button type="button" @click=${() => screen.press(title, payload)}>
              ${title}
            </button>`,
          )}</div>`
        : nothing
    }
  </div>`;
}

function means(screen: Screen, key: string, expects: string | null): unknown {
  const { say } = screen;
  switch (expects) {
    case "location":
      return html`<div class="choices">${placeTools(screen)}</div>`;
    case "photo":
      return html`<div class="choices">${photoButton(screen)}</div>`;
    case "date":
      return field(screen, {
        id: `date-${key}`,
        type: "date",
        label: say("date"),
        send: say("date_send"),
        // As one would write it, which every reader of the conversation understands.
        done: (value) => screen.write(day(screen.settings, value)),
      });
    case "contact":
      return field(screen, {
        id: `contact-${key}`,
        type: "text",
        label: say("contact"),
        send: say("contact_send"),
        autocomplete: "email",
        done: (value) => screen.contact(value),
      });
    default:
      return nothing;
  }
}
