// One list to choose from, by typing: canned answers, macros, deeds, queues, requests, settings.

import { element, language, tell, words } from "../page.js";
import { atHand, insert, run } from "./at_hand.js";
import { addressOf, chosen, reference } from "./chosen.js";
import { listedDeeds } from "./deeds.js";

const dialog = document.getElementById("palette");
const asked = document.getElementById("palette-asked");
const list = document.getElementById("palette-list");
const shown = document.getElementById("palette-shown");
const none = document.getElementById("palette-none");
const box = document.getElementById("text");
const REFERENCE = /^\d{4}-\d{6,12}$/;

let choices = []; // {kind, title, detail, act}
let fitting = [];
let at = 0;
let from = 0; // where in the text box an answer goes
let typed = ""; // what opened it from there: it is written after all when nothing is chosen

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Ask in a list. `only`: answers or macros alone; else everything. `key`: typed in the text box. */
export async function openPalette(only = "", key = "") {
  if (dialog.open) return;
  from = box.selectionStart;
  typed = key;
  asked.value = "";
  choices = only ? [] : [...deeds(), ...queues(), ...rows(), ...settings(), alerts(), help(), guide()];
  draw();
  dialog.showModal();
  if (!reference() || document.getElementById("form").hidden) return;
  const of = reference();
  try {
    const { answers, macros } = await atHand();
    if (of !== reference() || !dialog.open) return;
    const ready = [];
    if (only !== "macros") ready.push(...answers.map((one) => ({ kind: words.answers_kind_answer, title: one.title, signs: signs(one), detail: [one.text], act: () => insert(box, one, from) })));
    if (only !== "answers") ready.push(...macros.map((one) => ({ kind: words.answers_kind_macro, title: one.title, detail: one.steps.map((step) => [step.does, step.detail].filter(Boolean).join(" – ")), act: () => run(one) })));
    choices = only ? ready : [...choices, ...ready];
    draw();
  } catch {
    tell(words.desk_offline);
  }
}

const deeds = () =>
  [...document.querySelectorAll("#deeds > button, #deeds .menu > button")].map((one) => ({ kind: words.answers_kind_deed, title: one.textContent, act: () => one.click() }))
    .concat(listedDeeds().map(({ what, title, act }) => ({ kind: what, title, act })));

const queues = () =>
  [...document.querySelectorAll("#tabs a")].map((one) => ({ kind: words.answers_kind_queue, title: one.firstChild.textContent.trim(), act: () => one.click() }));

const rows = () =>
  [...document.querySelectorAll("#rows a[data-reference]")].map((one) => ({
    kind: words.answers_kind_request, title: one.querySelector("strong").textContent, act: () => one.click(),
    detail: [`${one.dataset.reference} · ${one.querySelector(".where").textContent}`, one.querySelector(".shown").textContent] }));

const signs = ({ fits, is_translated: isTranslated }) =>
  [...(fits ? [words.answers_fits] : []), ...(isTranslated ? [] : [words.answers_untranslated])];

const alerts = () => {
  const button = document.getElementById("to-alerts");
  return { kind: words.answers_settings, title: button.textContent.trim(), act: () => button.click() };
};

const help = () => ({ kind: words.answers_kind_deed, title: words.keys_title, act: () => document.getElementById("to-keys").click() });

const guide = () => ({ kind: words.answers_kind_deed, title: words.guide_title, act: () => location.assign(`/agent/guide?lang=${language}`) });

const settings = () =>
  [["/answers", words.answers_title_answer], ["/macros", words.answers_title_macro], ["", words.answers_settings]].map(([page, title]) => ({
    kind: words.answers_settings, title, act: () => location.assign(`/agent/settings${page}?lang=${language}`) }));

function matching() {
  const said = fold(asked.value.trim());
  if (REFERENCE.test(said)) {
    return [{ kind: words.answers_kind_request, title: said, act: () => location.assign(addressOf(chosen.queue, said)) }];
  }
  return choices.filter(({ kind, title, detail = [] }) =>
    said.split(/\s+/).every((part) => fold([kind, title, ...detail].join(" ")).includes(part)));
}

function draw() {
  fitting = matching();
  list.replaceChildren(...fitting.map((one, n) => {
    const item = element("li", "", element("span", "kind", one.kind), " ", element("span", "", one.title),
      ...(one.signs ?? []).flatMap((sign) => [" ", element("span", "sign", sign)]));
    item.id = `palette-${n}`;
    item.role = "option";
    item.addEventListener("click", () => take(n));
    return item;
  }));
  none.hidden = fitting.length > 0;
  point(0);
}

function point(to) {
  at = Math.max(0, Math.min(to, fitting.length - 1));
  [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
  const item = list.children[at];
  if (item) asked.setAttribute("aria-activedescendant", item.id);
  else asked.removeAttribute("aria-activedescendant");
  item?.scrollIntoView({ block: "nearest" });
  shown.replaceChildren(...(fitting[at]?.detail ?? []).map(preview));
}

/** A text with its blanks marked. */
function preview(text) {
  const parts = text.split(/(⟦[^⟦⟧]*⟧)/);
  return element("p", "", ...parts.map((part) => (part.startsWith("⟦") ? element("mark", "", part) : part)));
}

function take(n) {
  const one = fitting[n];
  if (!one) return;
  typed = "";
  dialog.close(); // the focus goes back first: what is done may move it on
  one.act();
}

asked.addEventListener("input", draw);
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    point(at + step);
  } else if (event.key === "Enter" && event.target === asked && !event.isComposing) {
    event.preventDefault();
    take(at);
  }
});
dialog.addEventListener("close", () => {
  if (!typed) return;
  box.setRangeText(typed, from, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
});
document.getElementById("palette-leave").addEventListener("click", () => dialog.close());
