// What the site's line asks for.

import type { Settings } from "../app/screen.js";

/** From the data attributes of our own script; `src` says where the service is. */
export function settingsOf(script: HTMLScriptElement, document: Document): Settings {
  const asked = (name: string): string | null =>
    script.getAttribute(`data-${name}`)?.trim() || null;
  const language = asked("language") ?? document.documentElement.lang ?? "fr";
  return {
    service: new URL(".", script.src).href,
    commune: asked("commune"),
    language: language.toLowerCase().startsWith("en") ? "en" : "fr",
    position: asked("position") === "left" ? "left" : "right",
    logo: address(asked("logo"), document),
    title: asked("title"),
  };
}

/** Pictures come over the web or from the page's own site, nothing else. */
function address(url: string | null, document: Document): string | null {
  if (url === null) return null;
  try {
    const found = new URL(url, document.baseURI);
    return ["https:", "http:"].includes(found.protocol) ? found.href : null;
  } catch {
    return null;
  }
}
