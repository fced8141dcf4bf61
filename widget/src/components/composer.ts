// Where one writes.

import { ref } from "lit/directives/ref.js";
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import { icon } from "./icon.js";
import { photoButton, take } from "./photo.js";
import { mapButton, positionButton } from "./place.js";

const DRAFT = "draft";
const begun = new WeakSet<Element>(); // boxes that have got what was left unsent in an earlier page
const LONGEST = 20_000; // characters, the service's limit

export const hasDraft = (screen: Screen): boolean => Boolean(screen.conversation().kept.get(DRAFT));

export function composer(screen: Screen): TemplateResult {
  const { say } = screen;
  const { kept } = screen.conversation();
  const send = (form: HTMLFormElement): void => {
    const box = form.querySelector("textarea") as HTMLTextAreaElement;
    if (screen.isForbidden) return;
    const over = [...box.value].length - LONGEST;
    if (over > 0) {
      screen.tell(say("too_long", { n: over }));
      return;
    }
    screen.write(box.value);
    box.value = "";
    kept.remove(DRAFT);
    box.focus();
  };
  const begin = (box: Element | undefined): void => {
    if (!(box instanceof HTMLTextAreaElement) || begun.has(box)) return;
    begun.add(box);
    box.value = kept.get(DRAFT) ?? "";
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    send(event.target as HTMLFormElement);
  };
  const typed = ({ target }: Event): void => {
    const { value } = target as HTMLTextAreaElement;
    if (value) kept.set(DRAFT, value);
    else kept.remove(DRAFT);
    if (value.trim()) screen.conversation().typing();
  };
  const key = (event: KeyboardEvent): void => {
    const isSent =
      event.key === "Enter" && !event.shiftKey && !event.isComposing && !screen.isTouch;
    if (!isSent) return;
    event.preventDefault();
    send((event.target as HTMLElement).closest("form") as HTMLFormElement);
  };
  const paste = (event: ClipboardEvent): void => {
    if (event.clipboardData?.types.includes("text/plain")) return; // a word processor adds its picture
    if (take(screen, event.clipboardData?.files)) event.preventDefault();
  };
  return html`<form class="composer" @submit=${submit}>
    <label class="hidden" for="text">${say("input")}</label>
    <div class="box">
      <textarea
        id="text"
        rows="1"
        placeholder=${say("input")}
        autocomplete="off"
        enterkeyhint="enter"
        ?readonly=${screen.isForbidden}
        ${ref(begin)}
        @input=${typed}
        @keydown=${key}
        @paste=${paste}
      ></textarea>
      ${
        screen.isForbidden
          ? html`<button type="button" @click=${() => screen.copy(kept.get(DRAFT) ?? "")}>${say("copy")}</button>`
          : html`<button type="submit" class="primary send" aria-label=${say("send")}>${icon("send")}</button>`
      }
    </div>
    ${
      screen.isForbidden
        ? nothing
        : html`<div class="tools">${positionButton(screen)} ${mapButton(screen)} ${photoButton(screen)}</div>`
    }
  </form>`;
}
