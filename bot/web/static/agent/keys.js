// The keyboard: one table of shortcuts, which the keys and the help sheet both read.

import { element, words } from "../page.js";
import { agentId } from "./chosen.js";
import { openPalette } from "./palette.js";
import { goToSearch } from "./search.js";

const help = document.getElementById("keys-help");
const list = document.getElementById("keys-list");
const singles = document.getElementById("keys-single");
const KEPT = `guichet.keys.${agentId}`;
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const form = document.getElementById("form");
const box = document.getElementById("text");

const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;
const withCtrl = (event, key, { shift = false } = {}) =>
  (event.ctrlKey || event.metaKey) && !event.altKey && event.shiftKey === shift && event.key.toLowerCase() === key;

/** `inBox`: heard in the text box only. `alone`: a single key, which can be turned off; but for
 * the box's own it never works in a field (WCAG 2.1.4). */
const SHORTCUTS = [
  { keys: ["Ctrl", "K"], says: words.keys_palette, is: (e) => withCtrl(e, "k"), act: () => openPalette() },
  { keys: ["Ctrl", words.keys_enter], says: words.keys_send, inBox: true, is: (e) => withCtrl(e, "enter"), act: () => form.requestSubmit() },
  { keys: ["Ctrl", words.keys_shift, words.keys_enter], says: words.keys_send_close, inBox: true, is: (e) => withCtrl(e, "enter", { shift: true }), act: () => document.getElementById("send-close").click() },
  { keys: ["/"], says: words.keys_answers, inBox: true, alone: true, is: (e) => isPlain(e) && e.key === "/" && isReplyAtLineStart(), act: () => openPalette("answers", "/") },
  { keys: ["/"], says: words.keys_search, alone: true, is: single("/"), act: goToSearch },
  { keys: ["n"], says: words.keys_contact, alone: true, is: single("n"), act: () => document.getElementById("new-contact").click() },
  { keys: ["j"], says: words.keys_next, alone: true, is: single("j"), act: () => move(1) },
  { keys: ["k"], says: words.keys_previous, alone: true, is: single("k"), act: () => move(-1) },
  { keys: ["r"], says: words.keys_reply, alone: true, is: single("r"), act: reply },
  { keys: ["a"], says: words.keys_take, alone: true, is: single("a"), act: () => press("take") },
  { keys: ["e"], says: words.keys_close, alone: true, is: single("e"), act: () => press("close") },
  { keys: ["?"], says: words.keys_help, alone: true, is: single("?"), act: openHelp },
];

function single(key) {
  return (event) => isPlain(event) && event.key === key && !event.target.closest?.(FIELDS);
}

function isReplyAtLineStart() {
  const isLineStart = box.selectionStart === 0 || box.value[box.selectionStart - 1] === "\n";
  return form.elements.mode.value === "reply" && isLineStart;
}

function move(step) {
  const links = [...document.querySelectorAll("#rows a.row")];
  if (!links.length) return;
  const now = links.findIndex((link) => link === document.activeElement);
  const open = links.findIndex((link) => link.hasAttribute("aria-current"));
  const from = now >= 0 ? now : open;
  links[Math.max(0, Math.min(links.length - 1, from + step))].focus();
}

function reply() {
  if (form.hidden || form.elements.mode[0].disabled) return;
  if (form.elements.mode.value !== "reply") form.elements.mode[0].click();
  box.focus();
}

const press = (deed) => document.querySelector(`#deeds button[data-deed="${deed}"]`)?.click();

function openHelp() {
  list.replaceChildren(...SHORTCUTS.map(({ keys, says }) =>
    element("div", "", element("dt", "", ...keys.flatMap((key, n) => [n ? " + " : "", element("kbd", "", key)])), element("dd", "", says))));
  singles.checked = isOn();
  if (!document.querySelector("dialog[open]")) help.showModal();
}

function isOn() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

singles.addEventListener("change", () => {
  try {
    localStorage.setItem(KEPT, singles.checked ? "on" : "off");
  } catch { /* no storage: they stay on */ }
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const found = SHORTCUTS.find(({ alone, inBox, is }) => (!alone || isOn()) && (!inBox || event.target === box) && is(event));
  if (!found) return;
  event.preventDefault();
  found.act();
});

document.getElementById("keys-leave").addEventListener("click", () => help.close());
document.getElementById("to-keys").addEventListener("click", openHelp);
