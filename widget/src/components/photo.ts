// A picture by camera, gallery, paste or drop.

import { html, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import { icon } from "./icon.js";

const MAX_BYTES = 12 * 1024 * 1024; // the service's limit: said before anything is sent
const KINDS = "image/jpeg,image/png,image/webp";

/** The platform's own chooser offers the camera and the gallery. */
export function photoButton(screen: Screen): TemplateResult {
  const open = (event: Event): void => {
    const chooser = document.createElement("input");
    chooser.type = "file";
    chooser.accept = KINDS;
    chooser.addEventListener("change", () => {
      take(screen, chooser.files);
      (event.target as HTMLElement).focus();
    });
    chooser.click();
  };
  return html`<button type="button" @click=${open}>${icon("camera")}<span>${screen.say("photo")}</span></button>`;
}

/** Whether there was a picture among them. */
export function take(screen: Screen, files: FileList | null | undefined): boolean {
  const all = Array.from(files ?? []);
  const pictures = all.filter(({ type }) => type.startsWith("image/"));
  if (pictures.length < all.length) screen.tell(screen.say("photo_kinds"));
  for (const picture of pictures) {
    if (picture.size > MAX_BYTES) screen.tell(screen.say("photo_too_large"));
    else screen.photo(picture);
  }
  return pictures.length > 0;
}
