// The visitor's own requests and those they follow, as cards.

import { html, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import type { Card } from "../protocol/types.js";
import { type Parts, sheet } from "./sheet.js";

const known = new WeakMap<Screen, Card[]>();

/** Asked anew each time that they are wanted. */
export async function openRequests(screen: Screen): Promise<void> {
  try {
    const { requests } = await screen.conversation().ask<{ requests: Card[] }>("requests");
    known.set(screen, requests);
    if (screen.isOpen) screen.show("requests");
  } catch (error) {
    screen.show(null);
    screen.tellFailure(error);
  }
}

export function requestsSheet(screen: Screen, { card }: Parts): TemplateResult {
  const { say } = screen;
  const cards = known.get(screen) ?? [];
  return sheet(
    say("requests_title"),
    html`${
      cards.length
        ? html`<div class="cards">${cards.map((one) => card(screen, one))}</div>`
        : html`<p>${say("requests_none")}</p>`
    }
      <button type="button" class="plain" @click=${() => screen.show(null)}>${say("requests_close")}</button>`,
  );
}
