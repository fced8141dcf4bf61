// A request: what, where, how far it is, and when it should be done.

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import type { Card } from "../protocol/types.js";
import { day } from "./moment.js";

export function card({ say, settings }: Screen, request: Card): TemplateResult {
  const { reference, service, place, state, step, steps } = request;
  const isOver = step >= steps.length - 1;
  return html`<article class="card" aria-label="${service}, ${reference}">
    <h3>${service}</h3>
    ${place ? html`<p>${place}</p>` : nothing}
    <ol class="steps">${steps.map(
      (word, n) => html`<li
        class=${n <= step ? "done" : ""}
        aria-current=${n === step ? "step" : nothing}
      ><i aria-hidden="true"></i><span>${word}</span></li>`,
    )}</ol>
    <p class="state"><strong>${state}</strong>${
      request.expected_on && !isOver
        ? html` · ${say("expected_on", { day: day(settings, request.expected_on) })}`
        : nothing
    }</p>
    <p class="small">${say("reference", { reference })}</p>
  </article>`;
}
