// What somebody said.

import { ref } from "lit/directives/ref.js";
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Line } from "../app/line.js";
import type { Screen } from "../app/screen.js";
import type { Card, Event } from "../protocol/types.js";
import { card } from "./card.js";
import { answering } from "./choices.js";
import { icon } from "./icon.js";
import { day, moment } from "./moment.js";
import { draw } from "./picture.js";

export interface Around {
  isOpen: boolean; // its question may still be answered
  card: Card | null;
  edited: Event | null;
  isLastOwn: boolean;
  isRead: boolean;
}

export function bubble(screen: Screen, line: Line, around: Around): TemplateResult {
  const { event } = line;
  const { sender } = event;
  const classes = [sender, line.status, isNote(event) ? "note" : ""].join(" ");
  return html`<li class=${classes}>
    ${who(screen, event)}
    <div class="said">
      ${words(screen, line, around)} ${pictures(screen, line)}
      ${around.card ? card(screen, around.card) : nothing} ${sources(screen, event)}
    </div>
    <time datetime=${event.at} ?hidden=${!screen.isTimed}>${moment(screen, event.at, "long")}</time>
    ${sender === "citizen" ? mark(screen, line, around) : nothing}
    ${around.isOpen ? answering(screen, line) : nothing}
  </li>`;
}

/** What only tells who comes and goes. */
const isNote = ({ sender, buttons, expects, reference }: Event): boolean =>
  sender === "system" && !buttons?.length && !expects && !reference;

function who({ say, settings }: Screen, { sender, author }: Event): unknown {
  if (sender === "agent" && author) {
    const team = (settings.language === "en" ? author.team_en : author.team_fr) ?? author.team;
    return html`<p class="by">${[author.name, team].filter(Boolean).join(", ")}</p>`;
  }
  if (sender === "citizen") return html`<span class="hidden">${say("you")}</span>`;
  return sender === "assistant" ? html`<span class="hidden">${say("assistant")}</span>` : nothing;
}

function words({ say, settings }: Screen, { event, picture }: Line, { edited }: Around): unknown {
  const text = edited?.text ?? event.text;
  const named = name(say, event);
  if (event.kind === "photo" && (picture || event.photos?.length) && (!text || text === named)) {
    return nothing;
  }
  const shown = named && text !== named ? [named, text].filter(Boolean).join("\n") : text;
  const language = event.language ?? null;
  const isOther = language !== null && language !== settings.language;
  return html`<p lang=${isOther ? language : nothing}>${
    event.kind === "location" ? icon("pin") : nothing
  }${linked(shown)}${edited ? html` <small>${say("edited")}</small>` : nothing}</p>`;
}

/** What need not be words is named. */
function name(say: Screen["say"], { kind, what }: Event): string {
  if (kind === "location") return say("place_sent");
  if (kind === "photo") return say("photo_sent");
  if (kind !== "file" && kind !== "other") return "";
  const key = `${kind}_${what ?? ""}`;
  const found = say(key);
  return found === key ? say("other") : found;
}

/** Addresses in a text can be followed; references stay on one line. */
function linked(text: string): unknown {
  return text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]’»])/)
    .map((part, n) =>
      n % 2
        ? html`<a href=${part} target="_blank" rel="noopener noreferrer">${part}</a>`
        : part
            .split(/(\b\d{4}-\d{6,}\b)/)
            .map((piece, m) => (m % 2 ? html`<span class="whole">${piece}</span>` : piece)),
    );
}

function pictures(screen: Screen, line: Line): unknown {
  const { event, picture, progress, status } = line;
  const { say } = screen;
  if (event.photos?.length) {
    const url = (path: string): string => screen.conversation().url(path);
    const freshen = async (): Promise<void> => {
      await screen.freshen(line);
      screen.changed();
    };
    return html`<div class="photos">${event.photos.map((photo) =>
      photo.isLost
        ? html`<p>${icon("camera")}${say("photo_gone")}</p>`
        : html`<a
            href=${url(photo.full)}
            target="_blank"
            rel="noopener"
            @pointerenter=${freshen}
            @focus=${freshen}
          ><img
            src=${url(photo.thumb)}
            alt="${photo.alt || say("photo_sent")} (${say("new_tab")})"
            @error=${() => screen.missed(line, photo)}
          /></a>`,
    )}</div>`;
  }
  if (!picture) return nothing;
  return html`<canvas role="img" aria-label=${say("photo_sent")} ${ref((canvas) => draw(canvas, picture))}></canvas>
    ${
      status === "sending"
        ? html`<div class="row leaving">
            <progress max="1" .value=${progress ?? 0} aria-label=${say("photo_sending")}></progress>
            <button type="button" @click=${() => screen.cancel(line)}>${say("cancel")}</button>
          </div>`
        : nothing
    }`;
}

/** What an answer relies on. */
function sources({ say, settings }: Screen, { links }: Event): unknown {
  if (!links?.length) return nothing;
  return html`<ul class="sources" aria-label=${say("sources")}>
    ${links.map(
      ({ title, url, checked_on: checked }) => html`<li>
        <a href=${url} target="_blank" rel="noopener noreferrer">${title}<span class="hidden"> (${say("new_tab")})</span></a>
        ${checked ? html`<small>${say("checked_on", { day: day(settings, checked) })}</small>` : nothing}
      </li>`,
    )}
  </ul>`;
}

function mark(screen: Screen, line: Line, { isLastOwn, isRead }: Around): unknown {
  const { say } = screen;
  const { kind } = line.event;
  if (line.status === "failed") {
    return html`<p class="mark bad">${icon("alert")}${screen.reason(line)}
      ${kind === "text" ? html`<button type="button" @click=${() => screen.again(line)}>${say("again")}</button>` : nothing}
      <button type="button" @click=${() => screen.cancel(line)}>${say("remove")}</button></p>`;
  }
  if (screen.isForbidden && line.status === "sending") {
    return html`<p class="mark bad">${icon("alert")}${say("not_sent")}
      ${kind === "text" ? html`<button type="button" @click=${() => screen.copy(line.event.text)}>${say("copy")}</button>` : nothing}</p>`;
  }
  const isCut = screen.standing === "cut";
  if (screen.isLate(line) && !isCut) {
    return html`<p class="mark bad">${icon("alert")}${say("late")}
      <button type="button" @click=${() => screen.again(line)}>${say("again")}</button></p>`;
  }
  const isSending = line.status === "sending";
  if (!isSending && !isLastOwn) return nothing;
  const how = isRead ? "read" : "sent";
  const far = isSending ? (isCut ? "leaves_later" : "sending") : how;
  // Not read out: the answer says that it came.
  return html`<p class="mark" aria-live="off">
    ${icon(isSending ? "clock" : isRead ? "read" : "check")}${say(far)}</p>`;
}
