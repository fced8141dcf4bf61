// Who is at the other end, and the way out.

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import { icon } from "./icon.js";

export function header(screen: Screen, close: () => void): TemplateResult {
  const { say, sheet } = screen;
  const agent = screen.state?.owner === "agent" ? screen.state.agent : null;
  return html`<div class="top">
    <span class="portrait" aria-hidden="true">${portrait(screen)}</span>
    <div class="who">
      <h2 id="title" tabindex="-1">${agent?.name ?? title(screen)}</h2>
      <p class="standing ${standing(screen)}"><i aria-hidden="true"></i>${about(screen)}</p>
    </div>
    <button
      type="button"
      class="round"
      id="menu-button"
      aria-label=${say("menu")}
      aria-expanded=${sheet === "menu"}
      aria-controls="menu"
      @click=${() => screen.show("menu")}
    >${icon("more")}</button>
    <button type="button" class="round" aria-label=${say("close")} @click=${close}>${icon("close")}</button>
    ${sheet === "menu" ? screen.options?.menu(screen) : nothing}
  </div>`;
}

/** The site's own, else the town's name. */
export const title = ({ settings, session, say }: Screen): string =>
  settings.title ?? session?.commune?.name ?? say("title");

function portrait({ settings, state }: Screen): unknown {
  if (state?.owner === "agent") return icon("person");
  if (settings.logo === null) return icon("town");
  const failed = (event: Event): void => (event.target as Element).remove();
  return html`${icon("town")}<img src=${settings.logo} alt="" @error=${failed} />`;
}

function standing({ state, standing }: Screen): string {
  if (standing === "cut") return "away";
  if (state?.owner === "queued") return "warming";
  return state?.assistant ?? "warming";
}

/** The second line: an agent's team, or what the assistant is and whether it is there. */
function about({ say, state, settings }: Screen): string {
  if (state?.owner === "agent" && state.agent) {
    const { team_en, team_fr } = state.agent;
    if (state.typing) return say("agent_types", { name: state.typing });
    return [say("agent"), settings.language === "en" ? team_en : team_fr]
      .filter(Boolean)
      .join(", ");
  }
  if (state?.owner === "queued") return say("queued");
  return say("automatic");
}
