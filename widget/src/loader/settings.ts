// What the site asks for: in its line, or on an element that it placed itself.

import type { Settings } from "../app/screen.js";

/** `element` comes before `script`, whose address says where the service is. */
export function settingsOf(
  script: HTMLScriptElement,
  element: HTMLElement,
  document: Document,
): Settings {
  const asked = (name: string): string | null => {
    const key = `data-${name}`;
    return (element.getAttribute(key) ?? script.getAttribute(key))?.trim() || null;
  };
  const language = asked("language") ?? document.documentElement.lang;
  return {
    service: new URL(".", script.src).href,
    commune: asked("commune"),
    language: language.toLowerCase().startsWith("en") ? "en" : "fr",
    position: asked("position") === "left" ? "left" : "right",
    logo: address(asked("logo"), document),
    title: asked("title"),
    brand: asked("brand")?.match(/^#[0-9a-f]{6}$/i)?.[0] ?? null,
    radius: asked("radius")?.match(/^\d{1,2}$/)?.[0] ?? null,
  };
}

/** Pictures come over the web, from nowhere else. */
function address(url: string | null, document: Document): string | null {
  if (url === null) return null;
  try {
    const found = new URL(url, document.baseURI);
    return ["https:", "http:"].includes(found.protocol) ? found.href : null;
  } catch {
    return null;
  }
}

/** The town's colour and corners, as the properties that a style sheet may set as well. */
export function theme({ style }: HTMLElement, { brand, radius }: Settings): void {
  if (radius !== null) style.setProperty("--guichet-radius", `${radius}px`);
  if (brand === null) return;
  style.setProperty("--guichet-brand", brand);
  style.setProperty("--guichet-on-brand", luminance(brand) > 0.18 ? "#16232b" : "#ffffff");
}

/** Of WCAG 2.1; what is lighter than 0.18 is better written on in ink. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
