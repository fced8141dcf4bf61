// One request and its answer, or why there is none.

import { bare, type Platform } from "./platform.js";

const PATIENCE_MS = 40_000; // a long poll is held for 25 s

/** The service said no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    readonly reason: string | null,
    readonly retryAfterS: number,
  ) {
    super(error);
  }

  /** Asking again changes nothing. */
  get isFinal(): boolean {
    return (
      [400, 404, 409, 413, 415].includes(this.status) || (this.status === 403 && !this.isSignedOut)
    );
  }

  get isSignedOut(): boolean {
    return this.error === "signed_out";
  }
}

/** Nobody answered: it may be tried again. */
export class Silence extends Error {}

interface Asked {
  method?: string;
  json?: unknown;
  signal?: AbortSignal;
}

export class Requests {
  /** `base`: the service's address with a slash at its end; `token` is asked before each use. */
  constructor(
    private readonly platform: Platform,
    readonly base: string,
    private readonly language: string,
    private readonly token: () => string | null,
  ) {}

  url(path: string): string {
    return `${this.base}widget/v1/${path}`;
  }

  /** Raises `Refused` or `Silence`. */
  async ask<T>(path: string, asked: Asked = {}): Promise<T> {
    const response = await this.answer(path, bare(asked));
    const isJson = response.headers.get("Content-Type")?.includes("json");
    return (isJson ? await read(response) : null) as T;
  }

  async text(path: string): Promise<string> {
    return (await this.answer(path, bare({}))).text();
  }

  private async answer(path: string, { method, json, signal }: Asked): Promise<Response> {
    const headers: Record<string, string> = bare({});
    headers["Accept-Language"] = this.language; // which asks for no leave of another origin
    const token = this.token();
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    if (json !== undefined) headers["Content-Type"] = "application/json";
    const ends = new AbortController();
    const end = (): void => ends.abort();
    const patience = setTimeout(end, PATIENCE_MS);
    signal?.addEventListener("abort", end);
    let response: Response;
    try {
      response = await this.platform.fetch(
        this.url(path),
        bare<RequestInit>({
          method: method ?? (json === undefined ? "GET" : "POST"),
          headers,
          body: json === undefined ? null : this.platform.stringify(json),
          credentials: "omit",
          cache: "no-store",
          referrerPolicy: "origin",
          signal: ends.signal,
        }),
      );
      if (response.ok) return response;
    } catch {
      throw new Silence(path);
    } finally {
      clearTimeout(patience);
      signal?.removeEventListener("abort", end);
    }
    throw await refusal(response);
  }
}

async function read(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new Silence("cut off");
  }
}

async function refusal(response: Response): Promise<Refused> {
  let told: Record<string, unknown> = {};
  try {
    told = (await response.json()) as Record<string, unknown>;
  } catch {
    // A proxy's page: its status says enough.
  }
  const wait = Number(response.headers.get("Retry-After") ?? 0);
  return refusedBy(response.status, told, wait);
}

export function refusedBy(status: number, told: Record<string, unknown>, waitS: number): Refused {
  const word = (key: string): string | null => {
    const value = told[key];
    return typeof value === "string" ? value : null;
  };
  return new Refused(
    status,
    word("error") ?? "",
    status === 413 ? "too_large" : word("reason"),
    waitS || 0,
  );
}
