// The text box: Enter sends, Shift and Enter makes a line, the focus comes back to it.

import { send } from "./sending.js";

const form = document.getElementById("form");
const box = document.getElementById("text");

const scroll = document.getElementById("scroll");
let isByTouch = false;
addEventListener("pointerdown", (event) => { isByTouch = event.pointerType === "touch"; }, true);

/** Back to the text box; after a touch to the log, since a keyboard would rise over the answer. */
export function keepTyping() {
  (isByTouch ? scroll : box).focus({ preventScroll: true });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  send({ text }, text);
  box.focus({ preventScroll: true });
});

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

for (const example of document.querySelectorAll(".example")) {
  example.addEventListener("click", () => {
    box.value = example.textContent;
    box.focus();
  });
}
