// References stay on one line where they are shown; what is copied or searched is as it was.

import { element } from "./page.js";

const REFERENCE = /(\b\d{4}-\d{6,}\b)/;

/** A text as what may be put into an element. */
export const unbroken = (text) =>
  String(text).split(REFERENCE).map((part, index) => (index % 2 ? element("span", "reference", part) : part));
