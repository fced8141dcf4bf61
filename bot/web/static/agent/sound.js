// The sound of an alert: two short notes, made here. Browsers let a page be heard only once
// somebody has pressed something in it.

import { words } from "../page.js";

const line = document.getElementById("alerts-line");
const NOTES_HZ = [660, 880];
const NOTE_S = 0.12;
const QUIET_MS = 2000;
const PRESSES = ["click", "keydown"]; // what browsers take for a wish

let audio = null;
let playedAt = 0;

/** From a press or a key. Resolves to whether sound is possible now. */
async function wake() {
  try {
    audio ??= new AudioContext();
    if (audio.state !== "running") await audio.resume();
  } catch {
    return false; // no sound on this machine
  }
  if (audio.state === "running") say("");
  return audio.state === "running";
}

async function pressed() {
  if (await wake()) for (const kind of PRESSES) removeEventListener(kind, pressed);
}

/** Sounds are wanted: be ready at the first press. */
export function getReady() {
  for (const kind of PRESSES) addEventListener(kind, pressed, { passive: true });
}

/** Play it; say so when the browser does not allow it yet. */
export function play() {
  if (audio?.state !== "running") {
    getReady();
    say(words.alerts_silent);
    return;
  }
  if (Date.now() - playedAt < QUIET_MS) return; // several things at once are heard once
  playedAt = Date.now();
  NOTES_HZ.forEach((hz, n) => note(hz, audio.currentTime + n * NOTE_S));
}

function note(hz, start) {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = hz;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.2, start + 0.02);
  volume.gain.linearRampToValueAtTime(0, start + NOTE_S);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + NOTE_S);
}

/** By a button. */
export async function tryIt() {
  playedAt = 0;
  if (await wake()) play();
  else say(words.alerts_no_sound);
}

function say(text) {
  if (line.textContent !== text) line.textContent = text;
}
