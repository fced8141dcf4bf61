// The device's position, sent once, when the citizen asks.

import { markAsPlace } from "./bubbles.js";
import { tell, words } from "./page.js";
import { send } from "./sending.js";
import { keepTyping } from "./typing.js";

const PATIENCE_MS = 10_000;

export function sendPlace(latitude, longitude) {
  send({ location: [latitude, longitude] }, words.place_sent, { dress: markAsPlace, isAnswer: true });
  keepTyping();
}

export function sharePosition() {
  if (!navigator.geolocation) {
    tell(words.no_position);
    return;
  }
  tell(words.locating);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => sendPlace(coords.latitude, coords.longitude),
    () => tell(words.no_position),
    { timeout: PATIENCE_MS, enableHighAccuracy: true },
  );
}
