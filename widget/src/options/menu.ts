// What one may do with the conversation as a whole.

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import { icon } from "../components/icon.js";
import { openRequests } from "./requests.js";
import { openTelegram } from "./telegram.js";

export function menu(screen: Screen): TemplateResult {
  const { say } = screen;
  const download = async (): Promise<void> => {
    try {
      const text = await screen.conversation().transcript();
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
      link.download = `${say("transcript_file")}.txt`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (error) {
      screen.tellFailure(error);
    }
    screen.show(null);
  };
  const times = (): void => {
    screen.isTimed = !screen.isTimed;
    screen.changed();
  };
  return html`<div class="menu" id="menu">
    <button type="button" @click=${() => openRequests(screen)}>
      ${icon("pin")}<span>${say("requests_title")}</span>
    </button>
    ${
      screen.session?.can.telegram && screen.lines.length
        ? html`<button type="button" @click=${() => openTelegram(screen)}>
            ${icon("send")}<span>${say("telegram_start")}</span>
          </button>`
        : nothing
    }
    <button type="button" aria-pressed=${screen.isTimed} @click=${times}>
      ${icon("clock")}<span>${say("times")}</span>${screen.isTimed ? icon("check") : nothing}
    </button>
    <button type="button" @click=${download}>${icon("download")}<span>${say("download")}</span></button>
    ${
      screen.session?.can.mail_transcript
        ? html`<button type="button" @click=${() => screen.show("mail")}>
            ${icon("mail")}<span>${say("mail")}</span>
          </button>`
        : nothing
    }
    <button type="button" class="bad" @click=${() => screen.show("erase")}>
      ${icon("erase")}<span>${say("erase")}</span>
    </button>
  </div>`;
}
