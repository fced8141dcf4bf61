// Before anything was said: what this is for, and three ways to begin.

import { html, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import { icon } from "./icon.js";

export function empty(screen: Screen): TemplateResult {
  const { say, session } = screen;
  const town = session?.commune?.name;
  const examples = ["example_report", "example_follow", "example_human"].map((key) => say(key));
  return html`<div class="empty">
    <h3>${say("hello")}</h3>
    <p>${town ? say("lead_town", { town }) : say("lead")}</p>
    ${examples.map(
      (text) => html`<button type="button" class="example" @click=${() => screen.write(text)}>
        <span>${text}</span>${icon("next")}
      </button>`,
    )}
  </div>`;
}
