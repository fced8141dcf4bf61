// Single sentences about how things stand: privacy, the queue, the connection, who is writing.

import { html, nothing } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import { icon } from "./icon.js";
import { moment } from "./moment.js";

/** Before the first free text: what this is, what not to write, where it goes. */
export function notice(screen: Screen): unknown {
  const { say, session, lines } = screen;
  if (lines.some(({ event }) => event.sender === "citizen")) return nothing;
  return html`<p class="notice">${say("notice")}
    ${
      session?.privacy_url
        ? html`<a href=${screen.conversation().url(session.privacy_url)} target="_blank" rel="noopener">${say("privacy")}<span class="hidden"> (${say("new_tab")})</span></a>`
        : nothing
    }</p>`;
}

export function queue(screen: Screen): unknown {
  const { say, state } = screen;
  const place = state?.owner === "queued" ? state.queue : null;
  if (!place) return nothing;
  const wait = place.opens_at
    ? say("queue_opens", { when: moment(screen, place.opens_at, "weekday") })
    : place.minutes === null
      ? say("queue_unknown")
      : say("queue_minutes", { n: place.minutes });
  const ahead = place.ahead > 0 ? say("queue_ahead", { n: place.ahead }) : say("queue_next");
  return html`<p class="queue">${icon("clock")}<span><strong>${ahead}</strong> ${wait}</span></p>`;
}

export function connection(screen: Screen): unknown {
  const { say, standing, state } = screen;
  const again = (): void => screen.conversation().retry();
  if (screen.isForbidden) return line("alert", say(screen.session ? "gone" : "forbidden"));
  if (standing === "cut") {
    return line(
      "cut",
      say("cut"),
      html`<button type="button" @click=${again}>${say("reconnect")}</button>`,
    );
  }
  if (standing === "aside") {
    return line(
      "alert",
      say("aside"),
      html`<button type="button" @click=${again}>${say("resume")}</button>`,
    );
  }
  if (state?.assistant === "warming") return line("clock", say("warming"));
  if (state?.assistant === "away") return line("alert", say("away"));
  return nothing;
}

const line = (name: "cut" | "alert" | "clock", text: string, act: unknown = nothing): unknown =>
  html`<p class="connection">${icon(name)}<span>${text}</span>${act}</p>`;

export function typing(screen: Screen): unknown {
  const { say, state } = screen;
  if (!state || screen.standing !== "open") return nothing;
  const isThinking = state.thinking && state.assistant === "ready";
  if (!state.typing && !isThinking) return nothing;
  const text = state.typing ? say("agent_types", { name: state.typing }) : say("assistant_types");
  return html`<p class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${text}</p>`;
}
