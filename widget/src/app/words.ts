// The widget's sentences, from the service's own catalogues.

import { bare } from "../protocol/platform.js";

export type Say = (key: string, values?: Record<string, string | number>) => string;

const CATALOGUES = {
  fr: () => import("words:fr"),
  en: () => import("words:en"),
};

const LATER = {
  fr: () => import("words:fr-later"),
  en: () => import("words:en-later"),
};

/** The phrases of the menu and of what it opens. */
export async function moreWords(language: "fr" | "en"): Promise<void> {
  const [{ default: words }, { default: more }] = await Promise.all([
    CATALOGUES[language](),
    LATER[language](),
  ]);
  Object.assign(words, more);
}

/** Only the language that is read is fetched. */
export async function wordsOf(language: "fr" | "en"): Promise<Say> {
  const { default: words } = await CATALOGUES[language]();
  const plural = new Intl.PluralRules(language);
  return (key, values = bare({})) => {
    const found = Object.hasOwn(words, key) ? words[key] : undefined;
    const text = Array.isArray(found)
      ? found[plural.select(Number(values.n)) === "one" ? 0 : 1]
      : found;
    return (text ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  };
}
