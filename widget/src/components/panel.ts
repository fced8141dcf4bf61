// The whole: a dialog that takes a telephone's screen, a region of the page elsewhere.

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import { card } from "./card.js";
import { composer, hasDraft } from "./composer.js";
import { field } from "./field.js";
import { header, title } from "./header.js";
import { connection, notice, queue } from "./lines.js";
import { log } from "./log.js";
import { take } from "./photo.js";

export function panel(screen: Screen, close: () => void, toEnd: () => void): TemplateResult {
  const { isPhone, settings } = screen;
  const drop = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "drop") take(screen, event.dataTransfer.files);
  };
  return html`<section
    class="panel ${settings.position}"
    role=${isPhone ? "dialog" : "region"}
    aria-modal=${isPhone ? "true" : nothing}
    aria-label=${`${screen.say("title")}, ${title(screen)}`}
    lang=${settings.language}
    ?hidden=${!screen.isOpen}
    @dragover=${drop}
    @drop=${drop}
  >
    ${header(screen, close)}
    <div class="standings" role="status">${connection(screen)}${queue(screen)}</div>
    ${log(screen, toEnd)}
    <p class="told" role="status">${screen.told}</p>
    ${screen.options?.sheetOf(screen, { card, field }) ?? nothing}
    ${screen.sheet === "map" ? html`<div class="map-place"></div>` : nothing}
    ${screen.isForbidden && !hasDraft(screen) ? nothing : html`${notice(screen)} ${composer(screen)}`}
  </section>`;
}
