// How the page asks the service. A refusal is an error with its `status`; silence has none.

import { language } from "./page.js";

const PATIENCE_MS = 40_000; // a long poll is held for 25 s

export const newId = () =>
  crypto.randomUUID?.() ??
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

export const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

const refused = (path, status) => Object.assign(new Error(path), { status });

export async function call(path, options = {}) {
  const given = await answer(path, options);
  return given.status === 204 ? null : given.json();
}

export const page = async (path, options = {}) => (await answer(path, options)).text();

/** `signal` in the options ends the wait before its time. */
async function answer(path, { signal, ...options }) {
  const ends = [AbortSignal.timeout?.(PATIENCE_MS), signal].filter(Boolean);
  const either = ends.length > 1 && AbortSignal.any ? AbortSignal.any(ends) : ends.at(-1);
  const response = await fetch(path, { credentials: "same-origin", ...options, signal: either });
  if (!response.ok) throw refused(path, response.status);
  return response;
}

let opening = null;

/** One session for all who ask at once: two would be two strangers. */
export function openSession() {
  opening ??= call("/api/session", { method: "POST" }).finally(() => { opening = null; });
  return opening;
}

export const postMessage = (message) =>
  call(`/api/messages?lang=${language}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(message),
  });

/** Send a picture, telling how much of it has left (0 to 1): fetch cannot tell that. */
export function postPhoto(id, file, progressed) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/photos?lang=${language}`);
    request.setRequestHeader("X-Message-Id", id);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progressed(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) done(request.response);
      else failed(Object.assign(refused("/api/photos", request.status), { reason: request.response?.reason }));
    });
    request.addEventListener("error", () => failed(new Error("/api/photos")));
    request.addEventListener("abort", () => failed(new Error("/api/photos")));
    request.send(file);
  });
}
