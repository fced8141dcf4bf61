// Who we are for the service: a secret that changes, shared by the pages of this site.

import type { Kept } from "./kept.js";
import type { Platform } from "./platform.js";
import { Refused, type Requests } from "./requests.js";
import type { Session } from "./types.js";

const TOKEN = "token";

export class SessionKeeper {
  now: Session | null = null;
  private opening: Promise<Session> | null = null;

  constructor(
    private readonly platform: Platform,
    private readonly requests: Requests,
    private readonly kept: Kept,
    private readonly asked: { commune: string | null; language: string },
  ) {}

  /** Read anew each time: another page may have got a newer one. */
  token(): string | null {
    return this.kept.get(TOKEN);
  }

  /** A session, one for all who ask at once. Raises `Refused` (this site may not) or `Silence`. */
  open(): Promise<Session> {
    this.opening ??= this.alone(() => this.ask()).finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  /** The token is good for nothing any more. */
  forget(token: string | null): void {
    if (token !== null && this.token() === token) this.kept.remove(TOKEN);
    this.now = null;
  }

  /** Two pages that open at once must not become two strangers. */
  private alone(work: () => Promise<Session>): Promise<Session> {
    const locks = this.platform.navigator.locks as LockManager | undefined;
    if (!locks) return work();
    return new Promise((done, failed) => {
      locks
        .request(`${this.kept.prefix}session`, () => work().then(done, failed))
        .catch(() => work().then(done, failed)); // a document that may not use locks
    });
  }

  private async ask(): Promise<Session> {
    const used = this.token();
    try {
      return this.take(await this.requests.ask<Session>("session", { json: this.asked }));
    } catch (error) {
      if (!(error instanceof Refused && error.isSignedOut)) throw error;
      this.forget(used);
      return this.take(await this.requests.ask<Session>("session", { json: this.asked }));
    }
  }

  private take(session: Session): Session {
    this.kept.set(TOKEN, session.token);
    this.now = session;
    return session;
  }
}
