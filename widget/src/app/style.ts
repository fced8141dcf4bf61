// One constructable sheet for the panel: a page's policy on inline styles does not concern it.

import answering from "../components/answering.css";
import bubble from "../components/bubble.css";
import card from "../components/card.css";
import composer from "../components/composer.css";
import empty from "../components/empty.css";
import header from "../components/header.css";
import lines from "../components/lines.css";
import log from "../components/log.css";
import narrow from "../components/narrow.css";
import panel from "../components/panel.css";

export function sheet(): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(
    [panel, header, lines, log, empty, bubble, card, answering, composer, narrow].join(""),
  );
  return made;
}
