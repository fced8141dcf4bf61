// Where its reader is in the conversation: what is at the end stays in view, nothing else moves.

import type { Screen } from "./screen.js";

const NEAR_THE_END_PX = 80;
const GAP_PX = 12;

export class Reading {
  private wasAtEnd = true;
  private height = 0;
  private count = 0;
  private own = 0;
  private isBound = false;
  private isHeld = false;
  private isOwed = false; // a way that was not scrolled while something was pressed
  private readonly ends = new AbortController();

  constructor(
    private readonly root: ShadowRoot,
    private readonly screen: Screen,
  ) {}

  before(): void {
    const { scroll } = this;
    if (!scroll) return;
    this.height = scroll.scrollHeight;
    if (scroll.clientHeight > 0 && !this.isHeld) this.wasAtEnd = this.isAtEnd(scroll);
  }

  after(): void {
    const { scroll, screen } = this;
    if (!scroll) return;
    this.bind(scroll);
    const hasMore = screen.lines.length > this.count;
    this.count = screen.lines.length;
    const own = screen.lines.filter(({ event }) => event.sender === "citizen").length;
    const hasSpoken = own > this.own;
    this.own = own;
    if (this.isHeld) {
      this.isOwed ||= hasSpoken || (this.wasAtEnd && scroll.scrollHeight !== this.height);
    } else if (hasSpoken) this.toEnd();
    else if (scroll.scrollHeight !== this.height) {
      if (this.wasAtEnd)
        scroll.scrollTop = Math.min(scroll.scrollHeight, this.startOfAnswer(scroll));
      else if (hasMore && screen.isCaughtUp && !screen.hasNewBelow) {
        screen.hasNewBelow = true;
        screen.changed();
      }
    }
    if (screen.isOpen && !document.hidden && this.isAtEnd(scroll)) screen.sawAll();
  }

  toEnd(): void {
    this.wasAtEnd = true;
    const { scroll } = this;
    if (scroll) scroll.scrollTop = scroll.scrollHeight;
  }

  /** While something is pressed nothing moves by itself: it would be gone from below. */
  hold(isHeld: boolean): void {
    if (isHeld) this.before();
    this.isHeld = isHeld;
    const { scroll } = this;
    if (isHeld || !this.isOwed || !scroll) return;
    this.isOwed = false;
    scroll.scrollTop = Math.min(scroll.scrollHeight, this.startOfAnswer(scroll));
  }

  stop(): void {
    this.ends.abort();
  }

  private get scroll(): HTMLElement | null {
    return this.root.querySelector(".scroll");
  }

  private bind(scroll: HTMLElement): void {
    if (this.isBound) return;
    this.isBound = true;
    scroll.addEventListener("scroll", () => {
      if (!this.isAtEnd(scroll)) return;
      const { screen } = this;
      if (screen.isOpen && !document.hidden) screen.sawAll();
      screen.changed();
    });
    const { signal } = this.ends;
    document.addEventListener("visibilitychange", () => this.screen.changed(), { signal });
    // Pictures grow when they come, and the panel changes its size: whoever was at the end stays.
    const resized = new ResizeObserver(() => {
      if (!this.wasAtEnd || !this.count) return;
      if (this.isHeld) {
        this.isOwed = true;
        return;
      }
      scroll.scrollTop = Math.min(scroll.scrollHeight, this.startOfAnswer(scroll));
    });
    resized.observe(scroll.querySelector("ol") ?? scroll);
    signal.addEventListener("abort", () => resized.disconnect());
  }

  private isAtEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END_PX;
  }

  /** A long answer is read from its beginning. */
  private startOfAnswer(scroll: HTMLElement): number {
    const own = scroll.querySelectorAll<HTMLElement>("ol > .citizen");
    const answer = own[own.length - 1]?.nextElementSibling;
    return answer instanceof HTMLElement ? answer.offsetTop - GAP_PX : scroll.scrollHeight;
  }
}
