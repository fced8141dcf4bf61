// A conversation as its reader needs it: say something, hear what happens, lose nothing.

import { Kept } from "./kept.js";
import { Link, type Standing } from "./link.js";
import { Outbox } from "./outbox.js";
import { PictureStore, sendPicture } from "./pictures.js";
import type { Platform } from "./platform.js";
import { Refused, Requests } from "./requests.js";
import { SessionKeeper } from "./session.js";
import type { Content, Event, Ground, Pending, Session, State } from "./types.js";

const OTHERS_AFTER_MS = 6000; // a message of another page that is still not confirmed: its page is gone
const LOOK_EVERY_MS = 5000;
const TYPING_EVERY_MS = 3000;
const LONGEST_PAUSE_S = 30;
const ERASED = "erased";

export interface Listener {
  event(event: Event): void;
  state(state: State): void;
  standing(standing: Standing): void;
  session(session: Session): void;
  /** All that was said before is there. */
  caughtUp(): void;
  /** What waits to be confirmed has changed. */
  pending(): void;
  /** Stored by the service under that number. */
  accepted(id: string, seq: number): void;
  /** Will not be taken; `why` is the service's reason. */
  refused(pending: Pending, why: string): void;
  progress(id: string, part: number): void;
  /** Nothing that is shown is true any more; erased, what was about to be said is gone as well. */
  restarted(isErased: boolean): void;
}

export interface Asked {
  service: string; // its address, with a slash at its end
  commune: string | null;
  language: string;
}

export class Conversation {
  readonly kept: Kept;
  private readonly requests: Requests;
  private readonly session: SessionKeeper;
  private readonly link: Link;
  private readonly outbox: Outbox;
  private readonly pictures: PictureStore;
  private readonly own = new Set<string>(); // ids that this page is to send
  private readonly uploads = new Map<string, AbortController>();
  private readonly ends = new AbortController();
  private isPumping = false;
  private isCaughtUp = false;
  private typedAt = 0;
  private seenSeq = 0;
  private failures = 0;
  private again: ReturnType<typeof setTimeout> | undefined;
  private againAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly platform: Platform,
    asked: Asked,
    private readonly listener: Listener,
  ) {
    const name = `guichet:${new URL(asked.service).host}:`;
    this.kept = new Kept(platform.window, name);
    this.outbox = new Outbox(platform, this.kept);
    this.pictures = new PictureStore(platform.window, name);
    this.requests = new Requests(platform, asked.service, asked.language, () =>
      this.session.token(),
    );
    this.session = new SessionKeeper(platform, this.requests, this.kept, asked);
    this.link = new Link(platform, this.requests, this.session, asked.language, {
      welcome: () => this.welcome(),
      event: (event) => this.hear(event),
      state: (state) => {
        listener.state(state);
        this.haveAll(); // it follows what was said before
      },
      standing: (standing) => listener.standing(standing),
      restarted: (isErased) => this.restarted(isErased),
    });
  }

  start(): void {
    for (const { id } of this.outbox.all()) this.own.add(id); // left by a page that was closed
    const { window, document } = this.platform;
    const { signal } = this.ends;
    const watch = setInterval(() => this.lookForOrphans(), LOOK_EVERY_MS);
    window.addEventListener("online", () => this.link.wake(true), { signal });
    window.addEventListener("offline", () => this.link.lost(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.link.wake(), {
      signal,
    });
    window.addEventListener("storage", (event) => this.changedElsewhere(event), { signal });
    signal.addEventListener("abort", () => clearInterval(watch));
    void this.link.run();
  }

  stop(): void {
    this.ends.abort();
    this.endUploads();
    clearTimeout(this.again);
    this.link.stop();
  }

  pending(): Pending[] {
    return this.outbox.all();
  }

  say(kind: Pending["kind"], shown: string, content: Content): Pending {
    const pending = this.outbox.add(kind, shown, content);
    this.own.add(pending.id);
    this.listener.pending();
    void this.pump();
    return pending;
  }

  async sendPicture(picture: Blob, shown: string): Promise<void> {
    const pending = this.outbox.add("photo", shown);
    this.own.add(pending.id);
    await this.pictures.put(pending.id, picture);
    if (!this.own.has(pending.id)) return void this.pictures.remove(pending.id); // erased meanwhile
    this.listener.pending();
    void this.upload(pending);
  }

  picture(id: string): Promise<Blob | null> {
    return this.pictures.get(id);
  }

  /** Forget a message that has not been confirmed. */
  cancel(id: string): void {
    this.uploads.get(id)?.abort();
    this.drop(id);
    this.listener.pending();
  }

  /** Now, rather than when its turn comes. */
  retry(): void {
    this.link.wake(true);
    void this.pump();
  }

  typing(): void {
    const now = Date.now();
    if (now - this.typedAt < TYPING_EVERY_MS) return;
    this.typedAt = now;
    this.link.sign({ type: "typing" });
  }

  seen(seq: number): void {
    if (seq <= this.seenSeq) return;
    this.seenSeq = seq;
    this.link.sign({ type: "seen", seq });
  }

  /** The page is looked at again. */
  wake(): void {
    this.link.wake();
  }

  ground(): Promise<Ground> {
    return this.requests.ask("map");
  }

  /** Another door of the service. Raises `Refused` or `Silence`. */
  ask<T>(path: string, json?: unknown): Promise<T> {
    return this.requests.ask(path, { json });
  }

  /** What was said after a number, as it is shown now: a page of it. */
  async after(seq: number): Promise<Event[]> {
    return (await this.ask<{ events: Event[] }>(`events?after=${seq}`)).events;
  }

  transcript(): Promise<string> {
    return this.requests.text("transcript");
  }

  async mailTranscript(email: string): Promise<void> {
    await this.requests.ask("transcript", { json: { email } });
  }

  /** Raises `Refused` (409: a person has the conversation) or `Silence`; nothing is gone then. */
  async erase(): Promise<void> {
    await this.requests.ask("erase", { method: "POST" });
    this.kept.set(ERASED, "1"); // for other pages, which hear of it
    this.kept.remove(ERASED);
    this.session.forget(this.session.token());
    this.link.reset();
    this.restarted(true);
  }

  url(path: string): string {
    return new URL(path, this.requests.base).href;
  }

  private welcome(): void {
    if (this.session.now) this.listener.session(this.session.now);
    if (this.seenSeq) this.link.sign({ type: "seen", seq: this.seenSeq }); // lost with a cut
    void this.pump();
  }

  private hear(event: Event): void {
    if (event.id !== null) this.drop(event.id);
    this.listener.event(event);
  }

  private haveAll(): void {
    if (this.isCaughtUp) return;
    this.isCaughtUp = true;
    this.listener.caughtUp();
  }

  private restarted(isErased = false): void {
    if (isErased) {
      this.endUploads();
      this.own.clear();
      this.outbox.clear();
      void this.pictures.clear();
      this.kept.remove("draft");
    }
    this.isCaughtUp = false;
    this.seenSeq = 0;
    this.link.last = 0;
    this.listener.restarted(isErased);
  }

  private endUploads(): void {
    for (const ends of this.uploads.values()) ends.abort();
  }

  private drop(id: string): void {
    this.outbox.remove(id);
    this.own.delete(id);
    void this.pictures.remove(id);
  }

  /** One at a time, so that they arrive in the order in which they were said. */
  private async pump(): Promise<void> {
    if (this.isPumping) return;
    this.isPumping = true;
    try {
      for (const pending of this.outbox.all()) {
        if (pending.kind === "photo" && this.own.has(pending.id)) void this.upload(pending);
      }
      for (;;) {
        const next = this.outbox.all().find(({ id, content }) => content && this.own.has(id));
        if (!next?.content) return;
        if (
          !(await this.attempt(next, () => this.link.deliver(next.id, next.content as Content)))
        ) {
          return;
        }
      }
    } finally {
      this.isPumping = false;
    }
  }

  private async upload(pending: Pending): Promise<void> {
    if (this.uploads.has(pending.id) || this.link.standing !== "open") return;
    const ends = new AbortController();
    this.uploads.set(pending.id, ends);
    try {
      const picture = await this.pictures.get(pending.id);
      const token = this.session.token();
      if (ends.signal.aborted) return;
      if (picture === null) {
        this.drop(pending.id);
        this.listener.refused(pending, "lost");
        return;
      }
      if (token === null) return;
      const url = this.requests.url("photos");
      const progressed = (part: number): void => this.listener.progress(pending.id, part);
      await this.attempt(pending, () =>
        sendPicture(this.platform, url, token, pending.id, picture, progressed, ends.signal),
      );
    } finally {
      this.uploads.delete(pending.id);
    }
  }

  /** Whether the next may follow: this one is settled. */
  private async attempt(
    pending: Pending,
    deliver: () => Promise<{ seq: number }>,
  ): Promise<boolean> {
    try {
      const { seq } = await deliver();
      this.failures = 0;
      this.drop(pending.id);
      this.listener.accepted(pending.id, seq);
      return true;
    } catch (error) {
      if (error instanceof Refused && error.isFinal) {
        this.drop(pending.id);
        this.listener.refused(pending, error.reason ?? error.error);
        return true;
      }
      const isRefused = error instanceof Refused;
      if (isRefused && error.isSignedOut) this.link.reset();
      const longerS = Math.min(LONGEST_PAUSE_S, 2 ** ++this.failures) * (0.5 + Math.random() / 2);
      this.pumpIn(Math.max(isRefused ? error.retryAfterS : 0, longerS) * 1000);
      return false;
    }
  }

  /** One timer for all that waits: the earliest that was asked for. */
  private pumpIn(ms: number): void {
    const at = Date.now() + ms;
    if (this.ends.signal.aborted || at > this.againAt) return;
    clearTimeout(this.again);
    this.againAt = at;
    this.again = setTimeout(() => {
      this.againAt = Number.POSITIVE_INFINITY;
      void this.pump();
    }, ms);
  }

  private changedElsewhere({ key, newValue }: StorageEvent): void {
    if (!key?.startsWith(this.kept.prefix)) return;
    const own = key.slice(this.kept.prefix.length);
    if (this.outbox.isKey(own)) this.listener.pending();
    const isErased = own === ERASED;
    if (newValue === null ? own === "token" : isErased) {
      this.link.reset();
      this.restarted(isErased);
    }
  }

  private lookForOrphans(): void {
    const now = Date.now();
    let found = false;
    for (const { id, at } of this.outbox.all()) {
      if (this.own.has(id) || now - at < OTHERS_AFTER_MS) continue;
      this.own.add(id); // sent under the same id, it counts once whoever sends it
      found = true;
    }
    if (found) void this.pump();
  }
}
