// The page's own ways to answer — position, map, photo — wherever a control asks for one.

import { choosePhoto } from "./photo.js";
import { openMap } from "./map.js";
import { sharePosition } from "./position.js";

const WAYS = { position: sharePosition, map: openMap, photo: choosePhoto };
const HELPS = { location: ["position", "map"], photo: ["photo"] };

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-does]");
  if (control) WAYS[control.dataset.does]();
});

/** Under a question that expects a place or a picture, the tools that give one, ready to hand. */
export function helpAnswering(expected) {
  return (HELPS[expected] ?? []).map((way) => {
    const help = document.querySelector(`.tools [data-does="${way}"]`).cloneNode(true);
    help.className = "help";
    if (help.dataset.help) help.querySelector("span").textContent = help.dataset.help;
    return help;
  });
}
