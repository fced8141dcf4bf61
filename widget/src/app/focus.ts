// Where the keyboard is: never lost when what had it goes, and kept in a dialog.

import type { Screen } from "./screen.js";

const FOCUSABLE =
  'button:not(:disabled), a[href], input:not(:disabled), textarea, [tabindex="0"], .leaflet-container';

/** The sheet that was open at the last drawing. */
const last = new WeakMap<ShadowRoot, Screen["sheet"]>();

/** After a drawing: into a sheet that opened, back to its button from one that closed, and to the
 * text box (the conversation, where one touches) from a choice that was pressed and went. */
export function focusAfter(root: ShadowRoot, screen: Screen, before: Element | null): void {
  const { sheet, isTouch } = screen;
  const was = last.get(root) ?? null;
  last.set(root, sheet);
  const to = (selector: string): void =>
    root.querySelector<HTMLElement>(root.querySelector(selector) ? selector : "#title")?.focus();
  if (sheet !== was && screen.isOpen) {
    if (sheet === "menu") to(".menu button");
    else if (sheet === null) {
      if (was === "map") to(".tools .to-map");
      else if (was !== "menu" || before?.closest(".menu")) to("#menu-button");
    } else if (sheet !== "map") to("#sheet-title");
    return;
  }
  if (before && !before.isConnected && screen.isOpen) to(isTouch ? ".scroll" : "#text");
}

/** Tab goes round in a dialog. */
export function trap(root: ShadowRoot, event: KeyboardEvent): void {
  const all = [...root.querySelectorAll<HTMLElement>(`.panel :is(${FOCUSABLE})`)].filter(
    (element) => element.getClientRects().length > 0 && !element.closest("[inert]"),
  );
  const [first, end] = [all[0], all.at(-1)];
  if (!first || !end) return;
  const current = root.activeElement;
  const isOutside = !all.includes(current as HTMLElement);
  if (event.shiftKey ? current === first || isOutside : current === end) {
    event.preventDefault();
    (event.shiftKey ? end : first).focus();
  }
}
