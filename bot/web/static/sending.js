// Sends what the citizen says and loses nothing: a message keeps its own id until the server has
// accepted it, so that sending it again changes nothing.

import { addBubble, addTo, ageChoices, closeChoices, scrollToEnd } from "./bubbles.js";
import { element, root, tell, words } from "./page.js";
import { newId, openSession, postMessage } from "./server.js";

const own = new Map(); // client id -> bubble, to know our messages when they come back
const unsent = new Map(); // client id -> how to try again

export const ownBubble = (id) => own.get(id);

/** Show a message at once and send it. `dress` may add to its bubble. */
export function send(message, text, { dress = () => {}, isAnswer = false } = {}) {
  const id = newId();
  return track(id, text, dress, isAnswer, () => postMessage({ id, commune: root.dataset.commune, ...message }));
}

/** The same for whatever `post` does, under an id of the caller's. */
export async function track(id, text, dress, isAnswer, post) {
  if (isAnswer) closeChoices();
  else ageChoices();
  tell("");
  const item = addBubble("citizen", text);
  own.set(id, item);
  dress(item);
  scrollToEnd();
  await attempt(id, item, post);
}

async function attempt(id, item, post) {
  unsent.delete(id);
  item.querySelector(".failed")?.remove();
  item.classList.add("leaving");
  try {
    await withSession(post);
  } catch (error) {
    if (error.refusal) {
      addTo(item, element("p", "failed", error.refusal));
      return;
    }
    const retry = element("button", "failed", words.failed);
    retry.type = "button";
    retry.addEventListener("click", () => attempt(id, item, post));
    addTo(item, retry);
    if (!error.status) unsent.set(id, () => attempt(id, item, post));
  } finally {
    item.classList.remove("leaving");
  }
}

/** A session may have ended while the page stayed open. */
async function withSession(post) {
  try {
    return await post();
  } catch (error) {
    if (error.status !== 403) throw error;
    await openSession();
    return post();
  }
}

let sending = null;

/** The connection is back: what could not leave leaves, in order; by one at a time. */
export function sendAgain() {
  sending ??= sendAll().finally(() => { sending = null; });
  return sending;
}

async function sendAll() {
  for (const again of [...unsent.values()]) await again();
}

addEventListener("online", sendAgain);
