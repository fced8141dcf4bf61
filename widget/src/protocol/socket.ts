// One connection over a WebSocket, from its opening to its end.

import type { Platform } from "./platform.js";
import { refusedBy, Silence } from "./requests.js";
import type { Accepted, Content, Event, State } from "./types.js";

const SUBPROTOCOL = "guichet.v1";
const PING_EVERY_MS = 20_000;
const DEAD_AFTER_MS = 40_000; // without a word from the service
const OPENS_WITHIN_MS = 10_000;
const CONFIRMED_WITHIN_MS = 20_000;

/** From which number we are told, and of which conversation. */
export interface Beginning {
  after: number;
  epoch: string;
}

export interface Heard {
  event(event: Event): void;
  state(state: State): void;
  /** The service knows us; what follows are the events that we asked for. */
  welcome(beginning: Beginning): void;
}

export interface Closed {
  code: number;
  reason: string;
  wasWelcome: boolean;
}

interface Waiting {
  done(accepted: Accepted): void;
  failed(error: Error): void;
}

export class Socket {
  readonly closed: Promise<Closed>;
  private readonly socket: WebSocket;
  private readonly waiting = new Map<string, Waiting>();
  private isWelcome = false;
  private bye = "";
  private heardAt = Date.now();
  private readonly watch: ReturnType<typeof setInterval>;

  /** Raises whatever the browser does where sockets are not allowed. */
  constructor(
    private readonly platform: Platform,
    url: string,
    hello: { token: string; after: number; epoch: string; language: string },
    private readonly heard: Heard,
  ) {
    const { OPEN } = platform.WebSocket;
    this.socket = new platform.WebSocket(url, SUBPROTOCOL);
    this.watch = setInterval(() => {
      const silentMs = Date.now() - this.heardAt;
      if (silentMs > (this.isWelcome ? DEAD_AFTER_MS : OPENS_WITHIN_MS)) this.drop();
      else if (this.socket.readyState === OPEN && this.isWelcome && silentMs > PING_EVERY_MS / 2) {
        this.send({ type: "ping" });
      }
    }, PING_EVERY_MS / 2);
    this.socket.addEventListener("open", () => this.send({ type: "hello", ...hello }));
    this.socket.addEventListener("message", ({ data }) => this.hear(String(data)));
    let told: (closed: Closed) => void = () => {};
    this.closed = new Promise((done) => {
      told = done;
    });
    this.ended = (code) => {
      clearInterval(this.watch);
      for (const { failed } of this.waiting.values()) failed(new Silence("closed"));
      this.waiting.clear();
      told({ code, reason: this.bye, wasWelcome: this.isWelcome });
    };
    this.socket.addEventListener("close", ({ code }) => this.ended(code));
    // One that the page's policy forbids is never closed, since it never was.
    this.socket.addEventListener("error", () => this.ended(1006));
  }

  /** It is over, whatever the browser still waits for: a dead network answers no farewell. */
  drop(): void {
    this.socket.close();
    this.ended(1006);
  }

  /** Ask for a sign of life soon: the page was asleep, or the network changed. */
  probe(): void {
    if (!this.isWelcome) return;
    const before = this.heardAt;
    this.send({ type: "ping" });
    setTimeout(() => {
      if (this.heardAt === before) this.drop();
    }, 4000);
  }

  sign(frame: { type: "typing" } | { type: "seen"; seq: number }): void {
    if (this.isWelcome) this.send(frame);
  }

  /** Raises `Refused` or `Silence`. */
  deliver(id: string, content: Content): Promise<Accepted> {
    if (!this.isWelcome || this.socket.readyState !== this.platform.WebSocket.OPEN) {
      return Promise.reject(new Silence("not connected"));
    }
    return new Promise((done, failed) => {
      const patience = setTimeout(() => failed(new Silence("unconfirmed")), CONFIRMED_WITHIN_MS);
      const settle = (): void => {
        clearTimeout(patience);
        this.waiting.delete(id);
      };
      this.waiting.set(id, {
        done: (accepted) => {
          settle();
          done(accepted);
        },
        failed: (error) => {
          settle();
          failed(error);
        },
      });
      this.send({ type: "message", id, ...content });
    });
  }

  private readonly ended: (code: number) => void;

  private send(frame: object): void {
    if (this.socket.readyState !== this.platform.WebSocket.OPEN) return;
    this.socket.send(this.platform.stringify(frame));
  }

  private hear(data: string): void {
    this.heardAt = Date.now();
    let frame: Record<string, unknown>;
    try {
      frame = this.platform.parse(data) as Record<string, unknown>;
    } catch {
      return;
    }
    switch (frame.type) {
      case "welcome":
        this.isWelcome = true;
        this.heard.welcome(frame as unknown as Beginning);
        break;
      case "event":
        this.heard.event(frame as unknown as Event);
        break;
      case "state":
        this.heard.state(frame as unknown as State);
        break;
      case "accepted":
        this.waiting.get(String(frame.id))?.done(frame as unknown as Accepted);
        break;
      case "refused": {
        const wait = Number(frame.retry_after_s ?? 0);
        const refused = refusedBy(statusOf(String(frame.error)), frame, wait);
        this.waiting.get(String(frame.id))?.failed(refused);
        break;
      }
      case "bye":
        this.bye = String(frame.reason);
        break;
      default: // of a newer version, or a pong
    }
  }
}

const STATUSES: ReadonlyMap<string, number> = new Map([
  ["invalid", 400],
  ["forbidden", 403],
  ["signed_out", 403],
  ["not_found", 404],
  ["conflict", 409],
  ["too_many", 429],
]);

const statusOf = (error: string): number => STATUSES.get(error) ?? 503;
