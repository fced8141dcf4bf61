// The conversation.

import { repeat } from "lit/directives/repeat.js";
import { html, nothing, type TemplateResult } from "lit/html.js";
import { edits, newestCards, openQuestions } from "../app/line.js";
import type { Screen } from "../app/screen.js";
import { bubble } from "./bubble.js";
import { empty } from "./empty.js";
import { icon } from "./icon.js";
import { typing } from "./lines.js";

/** Read out politely once the past is on screen; what is already there is not. */
export function log(screen: Screen, toEnd: () => void): TemplateResult {
  const { lines, say, state } = screen;
  const open = openQuestions(lines);
  const cards = newestCards(lines);
  const edited = edits(lines);
  const own = lines.filter(({ event }) => event.sender === "citizen");
  const shown = lines.filter(({ event }) => !event.edits);
  const read = state?.read_through ?? 0;
  return html`<div class="middle">
    <div
      class="scroll"
      role="log"
      tabindex="0"
      aria-label=${say("log")}
      aria-live=${screen.isLive && screen.isOpen ? "polite" : "off"}
      aria-relevant="additions"
    >
      ${screen.isCaughtUp && !lines.length && !screen.isForbidden ? empty(screen) : nothing}
      <ol>${repeat(
        shown,
        ({ key }) => key,
        (line) => {
          const { card, seq } = line.event;
          return bubble(screen, line, {
            isOpen: open.has(line) && !screen.isForbidden,
            card: card ? (cards.get(card.reference) ?? card) : null,
            edited: edited.get(seq) ?? null,
            isLastOwn: line === own.at(-1),
            isRead: seq <= read,
          });
        },
      )}</ol>
      ${typing(screen)}
    </div>
    ${
      screen.hasNewBelow
        ? html`<button type="button" class="below" @click=${toEnd}>${icon("down")}${say("new_messages")}</button>`
        : nothing
    }
  </div>`;
}
