// What is fetched on opening: the panel, alive.

import { html, render } from "lit/html.js";
import { panel } from "../components/panel.js";
import { Conversation } from "../protocol/conversation.js";
import type { Platform } from "../protocol/platform.js";
import { focusAfter, trap } from "./focus.js";
import { watchPresses } from "./pressing.js";
import { Reading } from "./reading.js";
import { type Options, Screen, type Settings } from "./screen.js";
import { sheet } from "./style.js";
import { moreWords, wordsOf } from "./words.js";

const MENU = ".menu, #menu-button";
const PHONE = "(max-width: 30rem), (max-height: 30rem)";

export interface Context {
  platform: Platform;
  root: ShadowRoot;
  mount: HTMLElement;
  settings: Settings;
  closed(): void;
  unread(count: number): void;
}

export interface Opened {
  show(): void;
  /** For good: the element has left the page. */
  stop(): void;
}

/** Raises when its words cannot be fetched. */
export async function open(context: Context): Promise<Opened> {
  const { platform, root, mount, settings } = context;
  const say = await wordsOf(settings.language);
  root.adoptedStyleSheets.push(sheet());
  const phone = platform.window.matchMedia(PHONE);
  const touch = platform.window.matchMedia("(pointer: coarse)");
  const ends = new AbortController();
  const { signal } = ends;
  let isDue = false;
  const redraw = (): void => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(draw);
  };
  const fetchOptions = async (): Promise<Options> => {
    const [options] = await Promise.all([
      import("../options/main.js"),
      moreWords(settings.language),
    ]);
    root.adoptedStyleSheets.push(options.sheet());
    return options;
  };
  const screen: Screen = new Screen(
    settings,
    say,
    () => conversation,
    redraw,
    context.unread,
    fetchOptions,
  );
  const reading = new Reading(root, screen);
  const conversation = new Conversation(platform, settings, {
    event: (event) => screen.hear(event),
    state: (state) => screen.hearState(state),
    pending: () => screen.hearPending(conversation.pending()),
    accepted: (id, seq) => screen.accepted(id, seq),
    refused: (pending, why) => screen.refused(pending, why),
    progress: (id, part) => screen.progress(id, part),
    restarted: (isErased) => {
      screen.restarted(isErased);
      const box = root.querySelector("textarea");
      if (box && isErased) box.value = "";
    },
    session: (session) => {
      screen.session = session;
      redraw();
    },
    standing: (standing) => {
      screen.standing = standing;
      redraw();
    },
    caughtUp: () => {
      if (screen.lines.length) reading.toEnd();
      screen.isCaughtUp = true;
      redraw();
      requestAnimationFrame(() => {
        screen.isLive = true;
        redraw();
      });
    },
  });

  const close = (): void => {
    screen.isOpen = false;
    screen.locating = null;
    screen.sheet = null;
    draw();
    context.closed();
  };
  const toEnd = (): void => {
    reading.toEnd();
    screen.hasNewBelow = false;
    draw();
    root.querySelector<HTMLElement>(".scroll")?.focus();
  };

  function draw(): void {
    isDue = false;
    if (signal.aborted) return;
    const focused = root.activeElement;
    reading.before();
    render(html`${panel(screen, close, toEnd)}`, mount);
    reading.after();
    for (const part of root.querySelectorAll<HTMLElement>(".panel > :not(.map-place, .told)")) {
      part.inert = screen.sheet === "map";
    }
    focusAfter(root, screen, focused);
    if (screen.sheet === "map") void showMap();
  }

  async function showMap(): Promise<void> {
    const place = root.querySelector<HTMLElement>(".map-place");
    if (!place || place.hasChildNodes()) return;
    root.querySelector(".panel")?.scrollTo(0, 0);
    place.textContent = say("map_loading");
    try {
      const [{ openMap }, ground] = await Promise.all([
        import("../map/map.js"),
        conversation.ground(),
      ]);
      if (!place.isConnected) return;
      place.replaceChildren();
      openMap(root, place, ground, {
        say,
        insee: screen.session?.commune?.insee ?? null,
        chosen: (latitude, longitude) => {
          screen.show(null);
          screen.place(latitude, longitude);
        },
        left: () => screen.show(null),
      });
    } catch {
      screen.show(null);
      screen.tell(say("map_failed"));
    }
  }

  mount.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      if (screen.sheet) screen.show(screen.sheet);
      else close();
    } else if (event.key === "Tab" && screen.isPhone) trap(root, event);
  });
  mount.addEventListener("click", ({ target }) => {
    const pressed = (target as Element).closest("button");
    if (pressed?.classList.contains("typed")) root.querySelector("textarea")?.focus();
  });
  watchPresses(mount, signal, (isHeld) => reading.hold(isHeld));
  const leaveMenu = (to: readonly unknown[]): void => {
    const stays = to.some((one) => one instanceof Element && one.matches(MENU));
    if (screen.sheet === "menu" && !stays) screen.show(null);
  };
  document.addEventListener("click", (event) => leaveMenu(event.composedPath()), { signal });
  mount.addEventListener("focusout", ({ relatedTarget: to }) => {
    // A press where nothing takes the focus is seen above.
    if (to) leaveMenu([(to as Element).closest(MENU)]);
  });
  const fit = (): void => {
    screen.isPhone = phone.matches;
    screen.isTouch = touch.matches;
    redraw();
  };
  for (const query of [phone, touch]) query.addEventListener("change", fit, { signal });
  fit();
  conversation.start();
  screen.hearPending(conversation.pending());

  return {
    stop: () => {
      ends.abort();
      reading.stop();
      conversation.stop();
    },
    show: () => {
      screen.isOpen = true;
      draw();
      if (screen.lines.length) reading.toEnd();
      conversation.wake();
      // Where one touches, the text box would bring its keyboard over everything.
      root.querySelector<HTMLElement>(screen.isTouch ? "#title" : "#text")?.focus();
    },
  };
}
