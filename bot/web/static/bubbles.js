// The conversation as it is seen: bubbles, pictures, choices, times on demand.

import { element, icon, words } from "./page.js";
import { unbroken } from "./references.js";
import { isToday, telling } from "./town_time.js";

const scroll = document.getElementById("scroll");
const log = document.getElementById("log");
const empty = document.getElementById("empty");
const below = document.getElementById("below");
const times = document.getElementById("times");
const fullTime = telling({ dateStyle: "long", timeStyle: "short" });
const shortTime = telling({ timeStyle: "short" });
const NEAR_THE_END_PX = 120;
const GAP_PX = 8;
const MORE_PX = 32; // less than that below the fold is no line of text

const WHO = { citizen: words.you, assistant: words.assistant };

log.replaceChildren(); // what the server drew is drawn again from the events, alive

/** Runs a change of the conversation. Whoever was reading its end still sees its end, with the
 * choices there; of a last message that does not fit, its beginning, and that there is more. */
export function growing(change) {
  const { scrollHeight, scrollTop, clientHeight } = scroll;
  const wasAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_THE_END_PX;
  const result = change();
  if (wasAtEnd) scroll.scrollTop = Math.min(scroll.scrollHeight, startOfLast());
  showWhetherMore();
  return result;
}

function startOfLast() {
  const last = log.lastElementChild;
  return last ? last.offsetTop - GAP_PX : scroll.scrollHeight;
}

function showWhetherMore() {
  below.hidden = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < MORE_PX;
}

scroll.addEventListener("scroll", showWhetherMore, { passive: true });
addEventListener("resize", showWhetherMore);
below.addEventListener("click", () => {
  scroll.focus({ preventScroll: true });
  scrollToEnd();
});

/** `by`: who says it, shown above an agent's words. */
export function addBubble(sender, text, at = new Date(), by = "") {
  empty.hidden = true;
  const said = element("p", "", ...unbroken(text));
  const item = element("li", sender);
  if (by) item.append(element("strong", "by", by));
  else if (WHO[sender]) item.append(element("span", "hidden", `${WHO[sender]} : `));
  const time = element("time", "", isToday(at) ? shortTime.format(at) : fullTime.format(at));
  time.dateTime = at.toISOString();
  said.title = fullTime.format(at);
  item.append(said, time);
  growing(() => log.append(item));
  return item;
}

/** Put something in a bubble, above its time. */
export const addTo = (item, ...content) => growing(() => item.querySelector("time").before(...content));

/** Its newer words, in the place of the first ones; `mark` says that they are newer. */
export function changeWords(item, text, mark) {
  growing(() => {
    const said = item.querySelector("p");
    said.hidden = false;
    said.replaceChildren(...unbroken(text));
    if (!item.querySelector(".edited")) item.querySelector("time").before(element("span", "edited", mark));
  });
}

/** `caption`: what was written with it, which stays. */
export function addPicture(item, source, caption = "") {
  const image = element("img");
  image.alt = words.photo_sent;
  const said = item.querySelector("p");
  image.addEventListener("load", () => growing(() => { said.hidden = !caption; image.hidden = false; }));
  image.hidden = true; // until there is something to see, the words stand for it
  image.src = source;
  addTo(item, image);
  return image;
}

/** Pictures that the assistant shows: small, each opening large; until one is there its words are. */
export function addPhotos(item, photos) {
  const links = photos.map(({ alt, thumb, full }) => {
    const image = element("img");
    const link = element("a", "", image);
    image.alt = `${alt} (${words.photo_open})`;
    image.src = thumb;
    link.href = full;
    link.target = "_blank";
    link.rel = "noopener";
    return link;
  });
  if (links.length) addTo(item, element("div", "photos", ...links));
}

/** A place that was sent: there are no words of the citizen to show. */
export const markAsPlace = (item) => item.querySelector("p").prepend(icon("pin"), " ");

/** A question was answered: its choices go, the answer is in the log. */
export function closeChoices(which = ".choices") {
  growing(() => log.querySelectorAll(which).forEach((choices) => choices.remove()));
}

/** The citizen spoke: what was offered before goes when another question comes. Choices that one
 * answer brings together (an article's, then the form's) stay together. */
export const ageChoices = () =>
  log.querySelectorAll(".choices").forEach((choices) => choices.classList.add("past"));

export const closePastChoices = () => closeChoices(".choices.past");

export function showEmpty() {
  if (!log.children.length) empty.hidden = false;
}

export function scrollToEnd() {
  scroll.scrollTop = scroll.scrollHeight;
}

times.addEventListener("click", () => {
  const isShown = times.getAttribute("aria-pressed") !== "true";
  times.setAttribute("aria-pressed", String(isShown));
  growing(() => log.classList.toggle("timed", isShown));
});
