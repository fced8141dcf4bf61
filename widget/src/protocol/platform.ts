// What we use of the browser, taken when our script starts: a page may replace it later.

export interface Platform {
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
  readonly XMLHttpRequest: typeof XMLHttpRequest;
  readonly parse: typeof JSON.parse;
  readonly stringify: typeof JSON.stringify;
  readonly window: Window;
  readonly navigator: Navigator;
  readonly document: Document;
}

export function platform(): Platform {
  return Object.freeze({
    fetch: window.fetch.bind(window),
    WebSocket: window.WebSocket,
    XMLHttpRequest: window.XMLHttpRequest,
    parse: JSON.parse,
    stringify: JSON.stringify,
    window,
    navigator,
    document,
  });
}

/** An object that inherits nothing: what a page put on `Object.prototype` is no option of ours. */
export const bare = <T extends object>(fields: T): T =>
  Object.assign(Object.create(null) as object, fields) as T;

export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
