// A picture: seen at once from the device, with how much of it has left.

import { addPicture, addTo } from "./bubbles.js";
import { element, tell, words } from "./page.js";
import { track } from "./sending.js";
import { newId, postPhoto } from "./server.js";
import { keepTyping } from "./typing.js";

const MAX_BYTES = 12 * 1024 * 1024; // the server's own limit: said before anything is sent
const REFUSALS = {
  heic: words.photo_heic,
  infected: words.photo_infected,
  too_large: words.photo_too_large,
  too_many: words.photo_too_many,
};
const chooser = document.getElementById("photo");

export const choosePhoto = () => chooser.click();

function sendPhoto(file) {
  const id = newId();
  const bar = element("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", words.photo_sending);
  const source = URL.createObjectURL(file);
  let bubble = null;
  const dress = (item) => {
    bubble = item;
    addPicture(item, source).addEventListener("load", () => URL.revokeObjectURL(source));
  };
  const post = async () => {
    bar.removeAttribute("value");
    addTo(bubble, bar);
    try {
      return await postPhoto(id, file, (part) => { bar.value = part; });
    } catch (error) {
      if (error.status === 400) error.refusal = REFUSALS[error.reason] ?? words.photo_unreadable;
      throw error;
    } finally {
      bar.remove();
    }
  };
  track(id, words.photo_sent, dress, false, post);
}

chooser.addEventListener("change", () => {
  const [file] = chooser.files;
  chooser.value = "";
  if (!file) return;
  if (file.size > MAX_BYTES) tell(words.photo_too_large);
  else sendPhoto(file);
  keepTyping();
});
