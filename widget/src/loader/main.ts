// widget.js: one button at the end of the page. Everything else comes when it is pressed; until
// then nothing is asked of the service, and nothing is stored.

import words from "words:button";
import type { Context, Opened } from "../app/main.js";
import { platform } from "../protocol/platform.js";
import style from "./button.css";
import { settingsOf, theme } from "./settings.js";

const NAME = "guichet-assistant";
const CHAT =
  "M2.992 16.342a2 2 0 0 1 .094 1.167l-1.065 3.29a1 1 0 0 0 1.236 1.168l3.413-.998a2 2 0 0 1 1.099.092 10 10 0 1 0-4.777-4.719M8 12h.01M12 12h.01M16 12h.01";

const ours = platform();
const { document } = ours;
const script = document.currentScript as HTMLScriptElement;

class Assistant extends HTMLElement {
  private opened: Promise<Opened> | null = null;
  private tries = 0;

  connectedCallback(): void {
    if (this.shadowRoot?.hasChildNodes()) return; // moved about in the page
    const settings = settingsOf(script, this, document);
    theme(this, settings);
    const say = words[settings.language] ?? {};
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
    const frame = element("div", "frame");
    frame.dir = this.closest("[dir=rtl i]") ? "rtl" : "ltr"; // not what a style sheet says
    frame.lang = settings.language;
    const button = element("button", `opener ${settings.position}`);
    button.type = "button";
    button.setAttribute("aria-label", say.open_label ?? "");
    button.setAttribute("aria-expanded", "false");
    const count = element("span", "count");
    count.hidden = true;
    button.append(icon(), element("span", "label", say.open), count);
    const trouble = element("p", `trouble ${settings.position}`);
    trouble.setAttribute("role", "status");
    const mount = element("div", "mount");
    frame.append(button, trouble, mount);
    root.append(frame);

    const context: Context = {
      platform: ours,
      root,
      mount,
      settings,
      closed: () => {
        button.setAttribute("aria-expanded", "false");
        frame.classList.remove("open");
        button.focus();
      },
      unread: (n) => {
        count.hidden = n === 0;
        count.textContent = String(n);
        const label = (n ? say.unread : say.open_label) ?? "";
        button.setAttribute("aria-label", label.replace("{n}", String(n)));
      },
    };
    button.addEventListener("click", async () => {
      trouble.textContent = "";
      button.setAttribute("aria-busy", "true");
      try {
        this.opened ??= this.fetch(context);
        const opened = await this.opened;
        button.setAttribute("aria-expanded", "true");
        frame.classList.add("open");
        opened.show();
      } catch {
        this.opened = null;
        trouble.textContent = say.unreachable ?? "";
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  }

  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (this.isConnected) return;
      void this.opened?.then((opened) => opened.stop());
      this.opened = null; // put back, it begins anew
      this.shadowRoot?.replaceChildren();
    });
  }

  /** A browser remembers that a module failed: each try asks under an address of its own. */
  private async fetch(context: Context): Promise<Opened> {
    const url = `${context.settings.service}${APP}${this.tries++ ? `?again=${this.tries}` : ""}`;
    const app = (await import(url)) as { open(context: Context): Promise<Opened> };
    return app.open(context);
  }
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  classes: string,
  text = "",
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.className = classes;
  made.textContent = text;
  return made;
}

function icon(): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", CHAT);
  svg.append(path);
  return svg;
}

/** Once for a page, however often its line stands there. */
function begin(): void {
  if (customElements.get(NAME)) return;
  customElements.define(NAME, Assistant);
  // A page may have placed the element itself, to set its colours.
  let last: Element | null = null;
  const put = (): void => {
    const there = document.querySelector(NAME);
    last = there ?? last ?? document.createElement(NAME);
    if (!there) document.body.append(last);
    watch.observe(document.documentElement, { childList: true });
    watch.observe(document.body, { childList: true });
  };
  // A site of a single page may change its whole body; what takes us alone away means to.
  const watch = new MutationObserver((changes) => {
    const gone = changes.flatMap(({ removedNodes }) => [...removedNodes]);
    const isAlone = gone.length < 2 && !changes.some(({ addedNodes }) => addedNodes.length);
    if (document.body && !isAlone && gone.some((node) => node.contains(last))) put();
  });
  if (document.body && document.readyState !== "loading") put();
  else document.addEventListener("DOMContentLoaded", put);
}

if (script?.src) begin();
