// What every module of the page shares: its words, its language, its icons.

export const root = document.querySelector("main");
export const words = JSON.parse(root.dataset.words);
export const language = document.documentElement.lang;

/** A fresh copy of an icon that the template holds. */
export const icon = (name) => document.getElementById(`icon-${name}`).content.cloneNode(true);

/** An element with its class and its content. */
export function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/** One line above the text box, read out: what could not be done, and what to do instead. */
export function tell(text) {
  document.getElementById("told").textContent = text;
}

/** Motion only for whoever has not asked for none. */
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
