// Pictures on their way: kept in the browser's database until they are accepted, sent with progress.

import { bare, type Platform } from "./platform.js";
import { refusedBy, Silence } from "./requests.js";
import type { Accepted } from "./types.js";

const TABLE = "pictures";

/** Where no database may be had, in memory. */
export class PictureStore {
  private readonly memory = new Map<string, Blob>();
  private readonly database: Promise<IDBDatabase | null>;

  constructor(window: Window, name: string) {
    this.database = new Promise((done) => {
      try {
        const opening = (window as Window & typeof globalThis).indexedDB.open(name, 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
        opening.onsuccess = () => done(opening.result);
        opening.onerror = () => done(null);
        opening.onblocked = () => done(null);
      } catch {
        done(null);
      }
    });
  }

  async put(id: string, picture: Blob): Promise<void> {
    this.memory.set(id, picture);
    await this.work("readwrite", (table) => table.put(picture, id));
  }

  async get(id: string): Promise<Blob | null> {
    return this.memory.get(id) ?? ((await this.work("readonly", (t) => t.get(id))) as Blob) ?? null;
  }

  async remove(id: string): Promise<void> {
    this.memory.delete(id);
    await this.work("readwrite", (table) => table.delete(id));
  }

  async clear(): Promise<void> {
    this.memory.clear();
    await this.work("readwrite", (table) => table.clear());
  }

  private async work(
    mode: IDBTransactionMode,
    act: (table: IDBObjectStore) => IDBRequest,
  ): Promise<unknown> {
    const database = await this.database;
    if (database === null) return undefined;
    return new Promise((done) => {
      try {
        const asked = act(database.transaction(TABLE, mode).objectStore(TABLE));
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => done(undefined); // full, or torn down: memory still has it
      } catch {
        done(undefined);
      }
    });
  }
}

/** Sends one, telling how much has left (0 to 1). Raises `Refused`, `Silence` (also when aborted). */
export function sendPicture(
  platform: Platform,
  url: string,
  token: string,
  id: string,
  picture: Blob,
  progressed: (part: number) => void,
  signal: AbortSignal,
): Promise<Accepted> {
  return new Promise((done, failed) => {
    const request = new platform.XMLHttpRequest(); // fetch cannot tell how much has left
    request.open("POST", url);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("X-Message-Id", id);
    request.setRequestHeader("Content-Type", picture.type || "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progressed(event.loaded / event.total);
    });
    const silent = (): void => failed(new Silence("picture"));
    request.addEventListener("load", () => {
      let told = bare<Record<string, unknown>>({});
      try {
        told = platform.parse(request.responseText) as Record<string, unknown>;
      } catch {
        // A proxy's page.
      }
      const { status } = request;
      if (status >= 200 && status < 300) done(told as unknown as Accepted);
      else failed(refusedBy(status, told, Number(request.getResponseHeader("Retry-After") ?? 0)));
    });
    request.addEventListener("error", silent);
    request.addEventListener("abort", silent);
    request.addEventListener("timeout", silent);
    signal.addEventListener("abort", () => request.abort());
    request.timeout = 120_000;
    request.send(picture);
  });
}
