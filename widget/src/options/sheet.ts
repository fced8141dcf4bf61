// A question that is asked over the conversation: where to send it, whether to erase it.

import { html, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import type { card } from "../components/card.js";
import type { field } from "../components/field.js";

/** Handed over by the app: what both import would weigh on its first load, as a file of its own. */
export interface Parts {
  card: typeof card;
  field: typeof field;
}

export function mailSheet(screen: Screen, { field }: Parts): TemplateResult {
  const { say } = screen;
  const send = async (email: string): Promise<void> => {
    try {
      await screen.conversation().mailTranscript(email);
      screen.show(null);
      screen.tell(say("mail_sent"));
    } catch (error) {
      screen.tellFailure(error);
    }
  };
  return sheet(
    say("mail"),
    html`<p>${say("mail_about")}</p>
      ${field(screen, { id: "mail", type: "email", label: say("email"), send: say("mail_send"), done: send })}
      <button type="button" class="plain" @click=${() => screen.show(null)}>${say("cancel")}</button>`,
  );
}

export function eraseSheet(screen: Screen): TemplateResult {
  const { say } = screen;
  const erase = async (): Promise<void> => {
    try {
      await screen.conversation().erase();
      screen.show(null);
      screen.tell(say("erased"));
    } catch (error) {
      screen.show(null);
      screen.tellFailure(error);
    }
  };
  return sheet(
    say("erase"),
    html`<p>${say("erase_about")}</p>
      <div class="row">
        <button type="button" class="bad" @click=${erase}>${say("erase_yes")}</button>
        <button type="button" @click=${() => screen.show(null)}>${say("cancel")}</button>
      </div>`,
  );
}

export const sheet = (heading: string, content: TemplateResult): TemplateResult => html`<div
  class="sheet"
  role="group"
  aria-labelledby="sheet-title"
>
  <h3 id="sheet-title" tabindex="-1">${heading}</h3>
  ${content}
</div>`;
