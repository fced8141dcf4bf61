// What the citizen said and nobody has confirmed. It is on disk before anything is sent.

import type { Kept } from "./kept.js";
import type { Platform } from "./platform.js";
import { newId } from "./platform.js";
import type { Content, Pending } from "./types.js";

const START = "out.";

/** One key a message: two pages that write at once lose nothing of each other's. */
export class Outbox {
  private lastAt = 0;

  constructor(
    private readonly platform: Platform,
    private readonly kept: Kept,
  ) {}

  add(kind: Pending["kind"], shown: string, content?: Content): Pending {
    this.lastAt = Math.max(Date.now(), this.lastAt + 1); // their order is that of their times
    const pending: Pending = { id: newId(), at: this.lastAt, kind, shown };
    if (content) pending.content = content;
    this.kept.set(START + pending.id, this.platform.stringify(pending));
    return pending;
  }

  remove(id: string): void {
    this.kept.remove(START + id);
  }

  /** Oldest first, those of other pages of this site among them. */
  all(): Pending[] {
    const found: Pending[] = [];
    for (const key of this.kept.keys(START)) {
      try {
        const pending = this.platform.parse(this.kept.get(key) ?? "") as Pending;
        if (typeof pending.id === "string") found.push(pending);
      } catch {
        // Taken away meanwhile, or not ours.
      }
    }
    return found.sort((a, b) => a.at - b.at);
  }

  clear(): void {
    for (const key of this.kept.keys(START)) this.kept.remove(key);
  }

  isKey(key: string): boolean {
    return key.startsWith(START);
  }
}
