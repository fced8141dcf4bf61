// Keeps us connected: over a socket where there is one, else by asking again and again.

import type { Platform } from "./platform.js";
import { Refused, type Requests, Silence } from "./requests.js";
import type { SessionKeeper } from "./session.js";
import { type Beginning, type Heard, Socket } from "./socket.js";
import type { Accepted, Content, Event, State } from "./types.js";

const LONGEST_PAUSE_MS = 30_000;
const SOCKET_TRIES = 2; // that never got a welcome, before we ask instead
const SOCKET_AGAIN_MS = 120_000;
const ALLOWED_AGAIN_MS = 60_000; // a site that may not any more may be let in again

export type Standing = "connecting" | "open" | "cut" | "forbidden" | "aside";

export interface LinkHeard extends Heard {
  standing(standing: Standing): void;
  /** The conversation is another, or gone: what is shown of it is no longer so. */
  restarted(isErased?: boolean): void;
}

interface Answer extends Beginning {
  last: number;
  events: Event[];
  state: State;
  state_key: string;
}

export class Link {
  last = 0;
  private epoch = "";
  standing: Standing = "connecting";
  private socket: Socket | null = null;
  private isPolling = false;
  private isStopped = false;
  private failures = 0;
  private socketFailures = 0;
  private noSocketUntil = 0;
  private token: string | null = null;
  private asking = new AbortController();
  private waken: () => void = () => {};

  constructor(
    private readonly platform: Platform,
    private readonly requests: Requests,
    private readonly session: SessionKeeper,
    private readonly language: string,
    private readonly heard: LinkHeard,
  ) {}

  /** Connects, and again after every cut, until `stop`. */
  async run(): Promise<void> {
    while (!this.isStopped) {
      let waitMs = 0;
      try {
        await this.identify();
        waitMs = this.maySocket() ? await this.overSocket() : await this.byAsking();
      } catch (error) {
        waitMs = (await this.isUnwelcome(error)) ? this.forbidden() : this.failed(error);
      }
      if (!this.isStopped && waitMs > 0) await this.rest(waitMs);
    }
  }

  stop(): void {
    this.isStopped = true;
    this.asking.abort();
    this.socket?.drop();
    this.waken();
  }

  /** The network or the page is back: no reason to wait, and every reason to doubt. Another network
   * may allow sockets. */
  wake(isNewNetwork = false): void {
    if (isNewNetwork) {
      this.socketFailures = 0;
      if (Number.isFinite(this.noSocketUntil)) this.noSocketUntil = 0;
    }
    this.socket?.probe();
    if (this.standing !== "open") this.asking.abort();
    this.failures = 0;
    this.waken();
  }

  /** The network has gone, and no socket has noticed yet. */
  lost(): void {
    this.asking.abort();
    this.socket?.drop();
    this.stand("cut");
  }

  /** Another page has changed or erased who we are. */
  reset(): void {
    this.token = null;
    this.session.now = null;
    this.asking.abort();
    this.socket?.drop();
    this.waken();
  }

  sign(frame: { type: "typing" } | { type: "seen"; seq: number }): void {
    if (this.socket) this.socket.sign(frame);
    else if (this.isPolling) {
      const { type, ...json } = frame;
      this.requests.ask(type, { method: "POST", json }).catch(() => {}); // only a sign
    }
  }

  /** Raises `Refused` or `Silence`. */
  async deliver(id: string, content: Content): Promise<Accepted> {
    if (this.socket) return this.socket.deliver(id, content);
    if (!this.isPolling) throw new Silence("not connected");
    return this.requests.ask("messages", { json: { id, ...content } });
  }

  private async identify(): Promise<void> {
    if (this.session.now === null) {
      const known = this.token;
      const session = await this.session.open();
      if (session.is_new && (known !== null || this.last > 0)) {
        this.last = 0;
        this.heard.restarted();
      }
    }
    this.token = this.session.token();
  }

  private maySocket(): boolean {
    return typeof this.platform.WebSocket === "function" && Date.now() >= this.noSocketUntil;
  }

  private async overSocket(): Promise<number> {
    const url = this.requests.url("socket").replace(/^http/, "ws");
    const { last: after, epoch, language } = this;
    const hello = { token: this.token ?? "", after, epoch, language };
    let socket: Socket;
    try {
      socket = new Socket(this.platform, url, hello, this.guarded());
    } catch {
      this.noSocketUntil = Number.POSITIVE_INFINITY; // the site's policy forbids it
      return 0;
    }
    this.socket = socket;
    const closed = await socket.closed;
    this.socket = null;
    if (closed.wasWelcome) this.socketFailures = 0;
    else if (this.platform.navigator.onLine && ++this.socketFailures >= SOCKET_TRIES) {
      this.noSocketUntil = Date.now() + SOCKET_AGAIN_MS;
      this.socketFailures = 0;
    }
    switch (closed.code) {
      case 4401:
        this.beginAgain(closed.reason === "erased");
        break;
      case 4403:
        return this.forbidden();
      case 4409:
        this.stand("aside");
        return Number.POSITIVE_INFINITY; // until somebody looks at this page
      case 4429:
        return 10_000;
      default:
    }
    if (!this.maySocket()) return 0;
    this.stand("cut");
    return closed.wasWelcome ? this.firstThenLonger() : this.longer();
  }

  /** One question and its answer. */
  private async byAsking(): Promise<number> {
    let known = "";
    while (!this.isStopped && !this.maySocket()) {
      this.asking = new AbortController();
      const query = `events?after=${this.last}&epoch=${this.epoch}&known=${encodeURIComponent(known)}`;
      const asked = Date.now();
      const answer = await this.requests.ask<Answer>(query, { signal: this.asking.signal });
      known = answer.state_key;
      const heard = this.guarded();
      if (!this.isPolling) {
        this.isPolling = true;
        heard.welcome(answer);
      } else this.follow(answer);
      for (const event of answer.events) heard.event(event);
      heard.state(answer.state);
      // Nothing, and at once: nobody has spoken yet, or too many wait already.
      if (!answer.events.length && Date.now() - asked < 1000) await this.rest(500);
    }
    this.isPolling = false;
    return 0;
  }

  /** A browser does not show a page what the service tells a site that may not: to us it is silence.
   * The code with which a socket is closed can be read. */
  private async isUnwelcome(error: unknown): Promise<boolean> {
    if (!(error instanceof Silence) || !this.platform.navigator.onLine) return false;
    try {
      const url = this.requests.url("socket").replace(/^http/, "ws");
      const hello = { token: "", after: 0, epoch: "", language: this.language };
      return (await new Socket(this.platform, url, hello, this.guarded()).closed).code === 4403;
    } catch {
      return false;
    }
  }

  private failed(error: unknown): number {
    this.isPolling = false;
    if (error instanceof Refused) {
      if (error.isSignedOut) {
        this.beginAgain();
        return this.firstThenLonger();
      }
      if (error.status === 403) return this.forbidden();
      this.stand("cut");
      return Math.max(error.retryAfterS * 1000, this.longer());
    }
    this.stand("cut");
    return this.longer();
  }

  /** The token is good for nothing any more: what follows may be another conversation. */
  private beginAgain(isErased = false): void {
    this.session.forget(this.token);
    this.last = 0;
    this.heard.restarted(isErased);
  }

  private forbidden(): number {
    this.isPolling = false;
    this.stand("forbidden");
    return ALLOWED_AGAIN_MS;
  }

  /** What we have is of this conversation, or nothing any more. */
  private follow({ after, epoch }: Beginning): void {
    this.epoch = epoch;
    if (after >= this.last) return;
    this.last = 0;
    this.heard.restarted();
  }

  private guarded(): Heard {
    return {
      welcome: (beginning) => {
        this.follow(beginning);
        this.failures = 0;
        this.stand("open");
        this.heard.welcome(beginning);
      },
      event: (event) => {
        if (event.seq <= this.last) return;
        this.last = event.seq;
        this.heard.event(event);
      },
      state: (state) => this.heard.state(state),
    };
  }

  private stand(standing: Standing): void {
    if (standing === this.standing) return;
    this.standing = standing;
    this.heard.standing(standing);
  }

  /** At once after the first cut, then as below. */
  private firstThenLonger(): number {
    return this.failures++ === 0 ? 1 : this.backOff(this.failures - 1);
  }

  private longer(): number {
    return this.backOff(++this.failures);
  }

  /** 1 s, 2 s, 4 s… each shortened by chance, so that a crowd does not come back as one. */
  private backOff(times: number): number {
    const longest = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(times - 1, 5));
    return longest * (0.5 + Math.random() / 2);
  }

  private rest(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = ms === Number.POSITIVE_INFINITY ? null : setTimeout(done, ms);
      this.waken = () => {
        if (timer !== null) clearTimeout(timer);
        done();
      };
    });
  }
}
