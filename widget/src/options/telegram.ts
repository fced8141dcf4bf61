// "Continue on Telegram": the link, the number that the chat asks for, the page's own proof, and
// leaving again.

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Screen } from "../app/screen.js";
import type { Refused } from "../protocol/requests.js";
import { sheet } from "./sheet.js";

const LOOK_EVERY_MS = 2000;
const OPEN = ["offered", "opened", "matched"]; // a link can still be used

interface Link {
  url: string;
  qr_svg: string;
  code: string;
}

interface Standing {
  step: string;
  name: string | null;
  code: string | null;
}

/** How far it is, as far as this page knows. `link`: only the page that asked for it has it. */
interface Way {
  standing: Standing;
  link: Link | null;
  qr: Node | null;
  isLooking: boolean;
}

const ways = new WeakMap<Screen, Way>();

export async function openTelegram(screen: Screen): Promise<void> {
  const way: Way = ways.get(screen) ?? {
    standing: { step: "none", name: null, code: null },
    link: null,
    qr: null,
    isLooking: false,
  };
  ways.set(screen, way);
  await attempt(screen, async () => {
    const conversation = screen.conversation();
    way.standing = await conversation.ask<Standing>("continue");
    const { step } = way.standing;
    if (
      !["joined", "matched", "from_telegram"].includes(step) &&
      !(way.link && OPEN.includes(step))
    ) {
      way.link = await conversation.ask<Link>("continue", {});
      way.qr = drawn(way.link.qr_svg);
      way.standing = { step: "offered", name: null, code: way.link.code };
    }
    if (!screen.isOpen) return;
    screen.show("telegram");
    void look(screen, way);
  });
}

/** For as long as it is looked at and a link can be used. */
async function look(screen: Screen, way: Way): Promise<void> {
  if (way.isLooking) return;
  way.isLooking = true;
  try {
    while (screen.sheet === "telegram" && OPEN.includes(way.standing.step)) {
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
      way.standing = await screen
        .conversation()
        .ask<Standing>("continue")
        .catch((error: Partial<Refused>) => {
          if (error.status === 403) throw error;
          return way.standing; // the network will be back
        });
      screen.changed();
    }
  } catch {
    screen.show(null);
  } finally {
    way.isLooking = false;
  }
}

async function attempt(screen: Screen, deed: () => Promise<void>): Promise<void> {
  try {
    await deed();
  } catch {
    if (screen.sheet !== "telegram") screen.show(null);
    screen.tell(screen.say("telegram_failed"));
  }
}

export function telegramSheet(screen: Screen): TemplateResult {
  const { say } = screen;
  const way = ways.get(screen);
  const { step, name, code } = way?.standing ?? { step: "none", name: null, code: null };
  const told = ["offered", "opened", "matched", "joined", "expired", "void", "from_telegram"];
  const post = (path: string, isMe: boolean): Promise<void> =>
    attempt(screen, async () => {
      const standing = await screen.conversation().ask<Standing>(path, { is_me: isMe });
      if (way) way.standing = standing;
      if (!["joined", "matched"].includes(standing.step)) screen.show(null);
      screen.changed();
    });
  const choice = (key: string, path: string, isMe: boolean, classes = ""): TemplateResult =>
    html`<button type="button" class=${classes} @click=${() => post(path, isMe)}>${say(key)}</button>`;
  return sheet(
    say("telegram_start"),
    html`<p role="status">${told.includes(step) ? say(`telegram_${step}`, { name: name ?? "" }) : ""}</p>
      ${code && (step === "offered" || step === "opened") ? number(screen, way, code) : nothing}
      ${
        step === "matched"
          ? html`<div class="row">${choice("telegram_is_me", "continue/answer", true, "primary")}
              ${choice("telegram_not_me", "continue/answer", false)}</div>`
          : nothing
      }
      ${
        step === "joined"
          ? html`<div class="row">${choice("telegram_stop", "continue/stop", true)}
              ${choice("telegram_was_not_me", "continue/stop", false, "plain")}</div>`
          : nothing
      }
      <button type="button" class="plain" @click=${() => screen.show(null)}>${say("requests_close")}</button>`,
  );
}

function number({ say, isPhone }: Screen, way: Way | undefined, code: string): TemplateResult {
  return html`<p>${say("telegram_code")} <strong class="code">${code}</strong></p>
    ${
      way?.link
        ? html`<p><a class="button" href=${way.link.url} target="_blank" rel="noopener noreferrer">${say("telegram_open")}</a></p>
            ${isPhone || !way.qr ? nothing : html`<div class="qr" role="img" aria-label=${say("telegram_qr")}>${way.qr}</div>`}`
        : nothing
    }
    <p class="small">${say("telegram_how")}</p>`;
}

/** Null where a page requires trusted types: the link alone has to do. */
function drawn(svg: string): Node | null {
  try {
    return new DOMParser().parseFromString(svg, "text/html").body.firstChild;
  } catch {
    return null;
  }
}
