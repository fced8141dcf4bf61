// The first web page: sends what the citizen says, shows what is answered, and loses neither.
// A message keeps its own id until the server has accepted it, so a retry changes nothing.

const root = document.querySelector("main");
const words = JSON.parse(root.dataset.words);
const log = document.getElementById("log");
const form = document.getElementById("form");
const box = document.getElementById("text");
const state = document.getElementById("state");
const thinking = document.getElementById("thinking");
const shown = new Map(); // seq or client id -> list item
let last = 0;
const newId = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

async function call(path, options = {}) {
  const response = await fetch(path, { credentials: "same-origin", ...options });
  if (!response.ok) throw Object.assign(new Error(path), { status: response.status });
  return response.json();
}

function bubble(sender, text) {
  const item = document.createElement("li");
  item.className = sender;
  const who = document.createElement("span");
  who.className = "hidden";
  who.textContent = `${sender === "citizen" ? words.you : words.assistant} : `;
  item.append(who, document.createTextNode(text));
  log.append(item);
  log.scrollTop = log.scrollHeight;
  return item;
}

function picture(id) {
  const image = document.createElement("img");
  image.src = `/api/photos/${id}`;
  image.alt = words.photo;
  return image;
}

function disarm() {
  for (const old of log.querySelectorAll(".choices.armed")) {
    old.classList.remove("armed");
    for (const button of old.querySelectorAll("button")) button.disabled = true;
  }
}

function show(event) {
  if (event.seq <= last) return;
  last = event.seq;
  if (event.sender === "citizen") {
    const own = document.querySelector(`[data-accepted="${event.seq}"]`);
    if (own) { if (event.photo && !own.querySelector("img")) own.append(picture(event.photo)); return; }
    const item = bubble("citizen", event.text || (event.kind === "location" ? "📍" : ""));
    if (event.photo) item.append(picture(event.photo));
    return;
  }
  const item = bubble(event.sender === "system" ? "system" : "assistant", event.text);
  if (event.buttons.length) {
    disarm();
    const row = document.createElement("div");
    row.className = "choices armed";
    for (const { title, payload } of event.buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = title;
      button.addEventListener("click", () => { disarm(); send({ payload }, title); });
      row.append(button);
    }
    item.append(row);
    log.scrollTop = log.scrollHeight;
  }
  if (event.reference) refreshRequests();
}

async function send(message, text, upload) {
  const id = newId();
  const item = bubble("citizen", text);
  item.dataset.id = id;
  const attempt = async () => {
    item.querySelector(".failed")?.remove();
    try {
      const answer = upload
        ? await call("/api/photos", { method: "POST", body: upload, headers: { "X-Message-Id": id } })
        : await call("/api/messages", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ id, commune: root.dataset.commune, ...message }),
          });
      item.dataset.accepted = answer.accepted;
    } catch (error) {
      if (upload && error.status === 400) { item.append(` ${words.bad_photo}`); return; }
      const retry = document.createElement("button");
      retry.type = "button";
      retry.className = "failed";
      retry.textContent = words.failed;
      retry.addEventListener("click", attempt);
      item.append(retry);
    }
  };
  await attempt();
}

async function listen() {
  for (;;) {
    try {
      const answer = await call(`/api/events?after=${last}`);
      state.textContent = answer.assistant === "ready" ? "" : words.warming;
      thinking.hidden = !(answer.thinking && answer.assistant === "ready");
      answer.events.forEach(show);
      if (!answer.events.length) await pause(answer.owner ? 50 : 700);
    } catch (error) {
      state.textContent = words.offline;
      if (error.status === 403) await call("/api/session", { method: "POST" }).catch(() => {});
      await pause(1500);
    }
  }
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function refreshRequests() {
  const list = document.getElementById("requests");
  const { requests } = await call(`/api/requests?lang=${document.documentElement.lang}`);
  list.replaceChildren(...requests.map((request) => {
    const item = document.createElement("li");
    const detail = document.createElement("small");
    detail.textContent = `${request.reference} · ${request.state}`;
    item.append(`${request.service}, ${[request.address, request.commune].filter(Boolean).join(", ")}`, detail);
    return item;
  }));
  if (!requests.length) list.textContent = words.no_requests;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  send({ text }, text);
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.getElementById("position").addEventListener("click", () => {
  navigator.geolocation?.getCurrentPosition(
    ({ coords }) => send({ location: [coords.latitude, coords.longitude] }, "📍"),
    () => { state.textContent = words.no_position; },
    { timeout: 10000 },
  );
});
document.getElementById("photo").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) send({}, "📷", file);
  event.target.value = "";
});

await call("/api/session", { method: "POST" });
refreshRequests();
listen();
