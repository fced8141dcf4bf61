// What build.mjs makes of `words:…` and of style sheets.

declare module "words:button" {
  const words: Record<string, Record<string, string>>;
  export default words;
}

declare module "words:fr" {
  const words: Record<string, string | string[]>;
  export default words;
}

declare module "words:en" {
  const words: Record<string, string | string[]>;
  export default words;
}

declare module "words:fr-later" {
  const words: Record<string, string | string[]>;
  export default words;
}

declare module "words:en-later" {
  const words: Record<string, string | string[]>;
  export default words;
}

declare module "*.css" {
  const text: string;
  export default text;
}

/** Where the rest of the widget is, below the service's address. */
declare const APP: string;
