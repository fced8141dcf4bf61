// What is shown now, and what its reader may do about it.

import type { Conversation } from "../protocol/conversation.js";
import type { Standing } from "../protocol/link.js";
import { Refused } from "../protocol/requests.js";
import type { Content, Event, Pending, Photo, Session, State } from "../protocol/types.js";
import { heard, inOrder, type Line, written } from "./line.js";
import type { Say } from "./words.js";

export type Sheet = "menu" | "mail" | "erase" | "requests" | "telegram" | "map" | null;

/** The menu and what it opens, fetched when it is asked for. */
export type Options = typeof import("../options/main.js");

const LATE_AFTER_MS = 8000;
const TOLD_FOR_MS = 8000;
const TOLD_BY_EVENT_MS = 3000;
const LINKS_LAST_MS = 540_000; // ten minutes, less the way

export interface Settings {
  service: string;
  commune: string | null;
  language: "fr" | "en";
  position: "left" | "right";
  logo: string | null;
  title: string | null;
  brand: string | null;
  radius: string | null;
}

const isWaiting = ({ status, event }: Line): boolean =>
  status === "sending" && event.seq === Number.POSITIVE_INFINITY;

export class Screen {
  lines: Line[] = [];
  state: State | null = null;
  session: Session | null = null;
  standing: Standing = "connecting";
  isOpen = false;
  isCaughtUp = false;
  isTimed = false;
  sheet: Sheet = null;
  options: Options | null = null;
  /** A sentence about what was just tried, read out once. */
  told = "";
  unread = 0;
  /** The reader is above the end, and something came below. */
  hasNewBelow = false;
  isPhone = false;
  /** Fingers, whose keyboard covers the page and has no second way to send. */
  isTouch = false;
  /** What comes is read out: the past has been drawn. */
  isLive = false;
  /** The question for the device's position that still counts. */
  locating: object | null = null;
  private readonly byKey = new Map<string, Line>();
  private toldTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly settings: Settings,
    readonly say: Say,
    readonly conversation: () => Conversation,
    private readonly redraw: () => void,
    private readonly unreadChanged: (unread: number) => void,
    private readonly fetchOptions: () => Promise<Options>,
  ) {}

  changed(): void {
    this.redraw();
  }

  // What the conversation tells -----------------------------------------------------------------

  hear(event: Event): void {
    const known = event.id === null ? undefined : this.byKey.get(event.id);
    if (known) {
      known.event = { ...event, text: event.text || known.event.text };
      known.status = "sent";
      known.progress = null;
      known.linkedAt = Date.now();
    } else this.put(heard(event));
    inOrder(this.lines);
    if (this.isCaughtUp && !this.isOpen && event.sender !== "citizen") this.count(this.unread + 1);
    this.changed();
  }

  hearState(state: State): void {
    this.state = state;
    this.changed();
  }

  hearPending(pendings: readonly Pending[]): void {
    const waiting = new Set(pendings.map(({ id }) => id));
    for (const pending of pendings) {
      if (this.byKey.has(pending.id)) continue;
      const line = this.put(written(pending));
      if (pending.kind === "photo") this.showPicture(line);
      setTimeout(() => this.changed(), LATE_AFTER_MS + 50);
    }
    for (const line of this.lines) {
      // Sent by another page, which an event tells soon, or called back there.
      if (isWaiting(line) && !waiting.has(line.key)) {
        setTimeout(() => isWaiting(line) && this.remove(line), TOLD_BY_EVENT_MS);
      }
    }
    inOrder(this.lines);
    this.changed();
  }

  accepted(id: string, seq: number): void {
    const line = this.byKey.get(id);
    if (!line) return;
    line.status = "sent";
    line.progress = null;
    line.event.seq = seq;
    inOrder(this.lines);
    this.changed();
  }

  refused(pending: Pending, why: string): void {
    const line = this.byKey.get(pending.id) ?? this.put(written(pending));
    line.status = "failed";
    line.why = why;
    line.event.seq = this.lastSeq() + 0.5; // its place, whatever comes after it
    inOrder(this.lines);
    this.tell(this.reason(line));
  }

  progress(id: string, part: number): void {
    const line = this.byKey.get(id);
    if (line) line.progress = part;
    this.changed();
  }

  restarted(isErased: boolean): void {
    const kept = this.lines.filter(({ status }) => status !== "sent" && !isErased);
    this.locating = null;
    this.lines = kept;
    this.byKey.clear();
    for (const line of kept) this.byKey.set(line.key, line);
    this.state = null;
    this.isCaughtUp = false;
    this.isLive = false;
    this.changed();
  }

  // What its reader does ------------------------------------------------------------------------

  write(text: string): void {
    if (text.trim()) this.send("text", text, { text });
  }

  press(title: string, payload: string): void {
    this.send("press", title, { payload });
  }

  place(latitude: number, longitude: number): void {
    this.send("location", this.say("place_sent"), { location: [latitude, longitude] });
  }

  contact(contact: string): void {
    this.send("contact", contact, { contact });
  }

  photo(picture: Blob): void {
    void this.conversation().sendPicture(picture, this.say("photo_sent"));
  }

  /** The addresses of pictures last ten minutes: asked for anew before one is followed. */
  async freshen(line: Line): Promise<void> {
    const now = Date.now();
    if (now - Math.max(line.linkedAt, line.renewedAt) < LINKS_LAST_MS) return;
    line.renewedAt = now;
    try {
      for (const { seq, photos } of await this.conversation().after(line.event.seq - 1)) {
        const one = this.lines.find(({ event }) => event.seq === seq);
        if (!one || !photos?.length) continue;
        one.event.photos = photos;
        one.linkedAt = now;
      }
    } catch {
      // As they are, then.
    }
  }

  /** A picture did not come: its address is too old, once, or it is gone. */
  async missed(line: Line, photo: Photo): Promise<void> {
    const isFirst = Date.now() - line.renewedAt > LINKS_LAST_MS;
    if (isFirst) {
      line.linkedAt = 0;
      await this.freshen(line);
    }
    for (const shown of line.event.photos ?? []) {
      if (shown.thumb === photo.thumb) shown.isLost = true; // no other address took its place
    }
    this.changed();
  }

  async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.tell(this.say("copied"));
    } catch {
      this.tell(this.say("failed_request"));
    }
  }

  cancel(line: Line): void {
    this.conversation().cancel(line.key);
    this.remove(line);
  }

  private remove(line: Line): void {
    this.byKey.delete(line.key);
    this.lines = this.lines.filter((other) => other !== line);
    this.changed();
  }

  /** Refused for good, it is said anew; else it goes now instead of when its turn comes. */
  again(line: Line): void {
    if (line.status === "failed") {
      this.cancel(line);
      this.write(line.event.text);
    } else this.conversation().retry();
  }

  show(sheet: Sheet): void {
    if (sheet === "menu" && !this.options) {
      void this.fetchMenu();
      return;
    }
    this.sheet = this.sheet === sheet ? null : sheet;
    this.changed();
  }

  private async fetchMenu(): Promise<void> {
    try {
      this.options = await this.fetchOptions();
      if (this.isOpen && this.sheet === null) this.show("menu");
    } catch {
      this.tell(this.say("failed_request"));
    }
  }

  tell(text: string): void {
    this.told = text;
    if (this.toldTimer !== null) clearTimeout(this.toldTimer);
    if (text) this.toldTimer = setTimeout(() => this.tell(""), TOLD_FOR_MS);
    this.changed();
  }

  /** The words for why a request of the reader's came to nothing. */
  tellFailure(error: unknown): void {
    if (error instanceof Refused && error.reason === "open_ticket")
      this.tell(this.say("erase_open"));
    else if (error instanceof Refused && error.status === 429) this.tell(this.say("too_many"));
    else if (error instanceof Refused && error.status === 400) this.tell(this.say("email_wrong"));
    else this.tell(this.say("failed_request"));
  }

  sawAll(): void {
    this.hasNewBelow = false;
    this.count(0);
    const last = this.lastSeq();
    if (last) this.conversation().seen(last);
  }

  /** The site may not have the assistant any more, or never might. */
  get isForbidden(): boolean {
    return this.standing === "forbidden";
  }

  // What follows from it ------------------------------------------------------------------------

  isLate(line: Line): boolean {
    if (line.status !== "sending") return false;
    return line.progress === null && Date.now() - Date.parse(line.event.at) > LATE_AFTER_MS;
  }

  reason(line: Line): string {
    const known = ["heic", "infected", "too_large", "too_many", "lost"];
    if (line.event.kind !== "photo") return this.say("refused");
    return this.say(known.includes(line.why) ? `photo_${line.why}` : "photo_unreadable");
  }

  private send(kind: Pending["kind"], shown: string, content: Content): void {
    this.told = "";
    this.conversation().say(kind, shown, content);
  }

  private put(line: Line): Line {
    this.byKey.set(line.key, line);
    this.lines.push(line);
    return line;
  }

  private lastSeq(): number {
    return this.lines.reduce(
      (last, { event: { seq } }) => (Number.isInteger(seq) ? Math.max(last, seq) : last),
      0,
    );
  }

  private showPicture(line: Line): void {
    void this.conversation()
      .picture(line.key)
      .then((picture) => {
        line.picture = picture;
        this.changed();
      });
  }

  private count(unread: number): void {
    this.unread = unread;
    this.unreadChanged(unread);
  }
}
