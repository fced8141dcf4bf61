// "Continue on Telegram": the link, the number, the page's own proof, and leaving again.

import { words } from "./page.js";
import { call, pause } from "./server.js";

const part = (name) => document.getElementById(name && `continue-${name}`);
const whole = document.getElementById("continuing");
const start = document.getElementById("continue");
const panel = part("panel");
const LOOK_EVERY_MS = 2000;
const OPEN = ["offered", "opened", "matched"];
const TOLD = {
  offered: words.continue_waiting,
  opened: words.continue_opened,
  expired: words.continue_expired,
  void: words.continue_ended,
};
let step = "none";
let isLooking = false;

function draw(standing) {
  step = standing.step;
  const told = { matched: words.continue_asks, joined: words.continue_joined }[step] ?? TOLD[step] ?? "";
  const line = told.replace("{name}", standing.name ?? "");
  if (part("told").textContent !== line) part("told").textContent = line;
  part("link").hidden = !["offered", "opened"].includes(step) || !part("open").href;
  part("ask").hidden = step !== "matched";
  part("joined").hidden = step !== "joined";
  if (step !== "none" && step !== "from_telegram") panel.hidden = false;
  start.hidden = [...OPEN, "joined", "from_telegram"].includes(step);
  if (standing.code) part("code").textContent = standing.code;
}

/** Look how far it is for as long as a link can be used. */
async function look() {
  if (isLooking) return;
  isLooking = true;
  try {
    do {
      try {
        draw(await call("/api/continue"));
      } catch (error) {
        if (error.status === 403) return;
      }
      if (OPEN.includes(step)) await pause(LOOK_EVERY_MS);
    } while (OPEN.includes(step));
  } finally {
    isLooking = false;
  }
}

const post = (path, isMe) =>
  call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ is_me: isMe }),
  });

async function attempt(deed) {
  try {
    await deed();
  } catch {
    panel.hidden = false;
    part("told").textContent = words.continue_failed;
  }
}

start.addEventListener("click", () => attempt(async () => {
  const link = await call("/api/continue", { method: "POST" });
  part("open").href = link.url;
  part("qr").replaceChildren(new DOMParser().parseFromString(link.qr_svg, "text/html").body.firstChild);
  panel.hidden = false;
  draw({ step: "offered", code: link.code });
  panel.focus();
  look();
}));
part("yes").addEventListener("click", () => attempt(async () => draw(await post("/api/continue/answer", true))));
part("no").addEventListener("click", () => attempt(async () => draw(await post("/api/continue/answer", false))));
part("stop").addEventListener("click", () => attempt(async () => leave(await post("/api/continue/stop", true))));
part("disown").addEventListener("click", () => attempt(async () => leave(await post("/api/continue/stop", false))));

function leave(standing) {
  draw(standing);
  panel.hidden = true;
  start.focus();
}

/** There is something to continue once something was said. */
const log = document.getElementById("log");
const begin = () => {
  if (!log.children.length) return;
  began.disconnect();
  whole.hidden = false;
  look();
};
const began = new MutationObserver(begin);
began.observe(log, { childList: true });
begin();
