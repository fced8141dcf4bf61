// What outlives the page: the token, the draft, the messages that nobody has confirmed.

/** Where storage is forbidden or full, the same in memory, for as long as the page lives. */
export class Kept {
  private readonly memory = new Map<string, string>();
  private readonly storage: Storage | null;

  /** `prefix` sets our keys apart from the page's own. */
  constructor(
    window: Window,
    readonly prefix: string,
  ) {
    let storage: Storage | null = null;
    try {
      storage = window.localStorage;
    } catch {
      // A browser that forbids it throws at the very name.
    }
    this.storage = storage;
  }

  get(key: string): string | null {
    const own = this.memory.get(key);
    if (own !== undefined) return own;
    try {
      return this.storage?.getItem(this.prefix + key) ?? null;
    } catch {
      return null;
    }
  }

  set(key: string, value: string): void {
    try {
      if (!this.storage) throw new Error("no storage");
      this.storage.setItem(this.prefix + key, value);
      this.memory.delete(key);
    } catch {
      this.memory.set(key, value);
    }
  }

  remove(key: string): void {
    this.memory.delete(key);
    try {
      this.storage?.removeItem(this.prefix + key);
    } catch {
      // It is gone from what we can reach.
    }
  }

  /** The keys that begin so, in no order. */
  keys(start: string): string[] {
    const found = new Set([...this.memory.keys()].filter((key) => key.startsWith(start)));
    try {
      const whole = this.prefix + start;
      for (let n = 0; this.storage && n < this.storage.length; n++) {
        const key = this.storage.key(n);
        if (key?.startsWith(whole)) found.add(key.slice(this.prefix.length));
      }
    } catch {
      // Only what is in memory, then.
    }
    return [...found];
  }
}
