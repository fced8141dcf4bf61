// Three equals for a place: the text box, the device's position, the map.

import { html, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import { icon } from "./icon.js";

const PATIENCE_MS = 10_000;

export const placeTools = (screen: Screen): TemplateResult => html`
  <button type="button" class="typed">${icon("pin")}<span>${screen.say("type_place")}</span></button>
  ${positionButton(screen)} ${mapButton(screen)}`;

export const positionButton = (screen: Screen): TemplateResult => html`<button
  type="button"
  @click=${() => share(screen)}
>${icon("target")}<span>${screen.say("position")}</span></button>`;

export const mapButton = (screen: Screen): TemplateResult => html`<button
  type="button"
  class="to-map"
  @click=${() => screen.show("map")}
>${icon("map")}<span>${screen.say("map")}</span></button>`;

function share(screen: Screen): void {
  const { say } = screen;
  const { geolocation } = navigator;
  if (!geolocation) {
    screen.tell(say("no_position"));
    return;
  }
  if (screen.locating) return;
  const mine = {};
  screen.locating = mine;
  screen.tell(say("locating"));
  const found = (tell: () => void): void => {
    if (screen.locating !== mine) return; // closed or erased meanwhile
    screen.locating = null;
    tell();
  };
  geolocation.getCurrentPosition(
    ({ coords }) => found(() => screen.place(coords.latitude, coords.longitude)),
    () => found(() => screen.tell(say("no_position"))),
    { timeout: PATIENCE_MS, enableHighAccuracy: true },
  );
}
