// Asks for what follows the last message shown, for as long as the page is open.

import { addBubble, addPhotos, addPicture, addTo, ageChoices, changeWords, closePastChoices, markAsPlace, scrollToEnd, showEmpty } from "./bubbles.js";
import { element, language, words } from "./page.js";
import { bubbleOf, knownSigns, mine, showSigns } from "./signs.js";
import { refreshRequests } from "./requests.js";
import { ownBubble, send, sendAgain } from "./sending.js";
import { call, openSession, pause } from "./server.js";
import { keepTyping } from "./typing.js";
import { helpAnswering } from "./helping.js";

const state = document.getElementById("state");
const scroll = document.getElementById("scroll");
const thinking = document.getElementById("thinking");
const STATES = { ready: "", warming: words.warming, away: words.away };
/** Nothing, so soon: nothing was said yet, or as many pages as may wait already do. */
const AT_ONCE_MS = 1000;
let last = 0;

export async function listen() {
  for (;;) {
    try {
      const asked = Date.now();
      const answer = await call(`/api/events?after=${last}&${knownSigns()}`);
      say(state, STATES[answer.assistant] ?? "");
      answer.events.forEach(show);
      showSigns(answer);
      thinking.hidden = !(answer.thinking && answer.assistant === "ready");
      if (scroll.getAttribute("aria-live") === "off") begin();
      sendAgain();
      if (!answer.events.length) await pause(Date.now() - asked < AT_ONCE_MS ? 300 : 50);
    } catch (error) {
      say(state, words.offline);
      if (error.status === 403) await openSession().catch(() => {});
      await pause(1500);
    }
  }
}

/** The past is on screen: from now on what is said is read out. */
function begin() {
  if (last === 0) showEmpty();
  else scrollToEnd();
  scroll.setAttribute("aria-live", "polite");
}

/** Only a change is read out. */
function say(line, text) {
  if (line.textContent !== text) line.textContent = text;
}

function show(event) {
  if (event.seq <= last) return;
  last = event.seq;
  if (event.sender === "citizen") showOwn(event);
  else showAnswer(event);
}

function showOwn(event) {
  ageChoices();
  const own = ownBubble(event.id);
  if (own) {
    mine(event.seq, own);
    return;
  }
  const edited = event.edits === null ? undefined : bubbleOf(event.edits);
  if (edited) {
    changeWords(edited, event.text, words.edited);
    mine(event.seq, edited);
    return;
  }
  const item = addBubble("citizen", inWords(event), new Date(event.at));
  mine(event.seq, item);
  if (event.kind === "location") markAsPlace(item);
  const photos = event.album.length ? event.album : [event.photo].filter(Boolean);
  for (const photo of photos) addPicture(item, `/api/photos/${photo}`, event.text);
}

/** What was sent in another channel need not be words: it is named, with what was written with it. */
function inWords({ kind, text, what }) {
  if (kind === "location") return words.place_sent;
  if (kind === "photo") return text || words.photo_sent;
  const named = { file: words[`file_${what}`], other: words[`other_${what}`] ?? words.other_unsupported }[kind];
  return [named, text].filter(Boolean).join("\n");
}

function showAnswer(event) {
  const { sender, author } = event;
  if (event.buttons.length || event.expects) closePastChoices();
  const by = author ? `${author.name}, ${author[`team_${language}`]}` : "";
  const item = addBubble(sender, event.text, new Date(event.at), by);
  if (isLine(event)) item.classList.add("line");
  addPhotos(item, event.photos);
  const choices = [...helpAnswering(event.expects), ...event.buttons.map(choice)];
  if (choices.length) addTo(item, element("div", "choices", ...choices));
  if (event.reference) refreshRequests();
}

/** What only tells who comes and goes: there is nothing to press or to follow. */
const isLine = ({ sender, buttons, expects, reference, photos }) =>
  sender === "system" && !buttons.length && !expects && !reference && !photos.length;

function choice({ title, payload }) {
  const button = element("button", "", title);
  button.type = "button";
  button.addEventListener("click", () => {
    send({ payload }, title, { isAnswer: true });
    keepTyping();
  });
  return button;
}
