// Of what an agent wants to be alerted, and how: chosen once, good in all their browsers. A browser
// is asked for its permission when the choice is saved, and not before.

import { words } from "../page.js";
import { ask } from "./asking.js";
import { agentId } from "./chosen.js";
import { isPossible } from "./notify.js";
import { getReady, tryIt } from "./sound.js";

const dialog = document.getElementById("alerts");
const form = document.getElementById("alerts-form");
const told = document.getElementById("alerts-told");
const boxes = document.getElementById("alerts-choices");
const save = form.querySelector("[type=submit]");
const others = "BroadcastChannel" in window ? new BroadcastChannel(`guichet.alerts.${agentId}`) : null;

let again = () => {};

/** `listen` asks for the stream anew: from then on it tells what was chosen. */
export function alertsWith(listen) {
  again = listen;
  others?.addEventListener("message", listen);
  prepare();
}

const isAny = (choices) => Object.values(choices).some((how) => how !== "none");
const isSounded = (choices) => Object.values(choices).includes("sounded");

async function prepare() {
  const choices = await ask("/alerts").catch(() => null); // asked again when it is opened
  if (choices && isSounded(choices)) getReady();
}

document.getElementById("to-alerts").addEventListener("click", async () => {
  say("");
  lock(true); // what is not known is not replaced
  dialog.showModal();
  try {
    const choices = await ask("/alerts");
    for (const [what, how] of Object.entries(choices)) form.elements[what].value = how;
    lock(false);
    if (isAny(choices)) say(standing());
  } catch {
    say(words.desk_offline);
  }
});

function lock(isLocked) {
  boxes.disabled = isLocked;
  save.disabled = isLocked;
}

/** What stands in the way of notifications in this browser; nothing when nothing does. */
function standing() {
  if (!isPossible()) return words.alerts_impossible;
  return { denied: words.alerts_denied, default: words.alerts_to_allow }[Notification.permission] ?? "";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const choices = Object.fromEntries(new FormData(form));
  const isAsked = isAny(choices) && isPossible() && Notification.permission === "default";
  try {
    if (isAsked) await Notification.requestPermission(); // at once: it has to come from the press
    await ask("/alerts", choices);
  } catch {
    say(words.desk_unreached);
    return;
  }
  if (isSounded(choices)) getReady();
  again();
  others?.postMessage("chosen");
  say([words.alerts_saved, isAny(choices) ? standing() : ""].filter(Boolean).join(" "));
});

document.getElementById("alerts-try").addEventListener("click", tryIt);
document.getElementById("alerts-leave").addEventListener("click", () => dialog.close());

function say(text) {
  if (told.textContent !== text) told.textContent = text;
  if (text) told.scrollIntoView({ block: "nearest" });
}
