// A contact being recorded: what the server understands is shown without leaving the page, Enter
// moves on, and what is typed outlives a reload of the tab.

const form = document.getElementById("contact");
const asking = document.getElementById("words");
const KEPT = "guichet-contact";
const READ_AGAIN = new Set(["words", "town", "service", "search", "address", "place"]);

let turn = 0;
let readAs = asked();

/** What decides which questions the page puts. */
function asked() {
  const data = new FormData(form);
  return JSON.stringify([...READ_AGAIN].map((name) => data.get(name)));
}

/** Fetch the page as it follows from what is typed, and take over the parts that changed. */
async function readOn() {
  if (!asking.value.trim() || !form.elements.town.value || asked() === readAs) return;
  const data = new FormData(form);
  data.delete("photo"); // they leave once, by themselves
  await takeOver(data, ["rest", "ends"]);
}

/** Send the pictures that were chosen. */
async function sendPictures() {
  const data = new FormData(form);
  const block = document.getElementById("pictures");
  block.setAttribute("aria-busy", "true");
  await takeOver(data, ["pictures"]);
  block.removeAttribute("aria-busy");
}

async function takeOver(body, parts) {
  const mine = parts.includes("rest") ? ++turn : turn;
  if (parts.includes("rest")) readAs = asked();
  body.set("do", "read");
  let page;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (answer.redirected && answer.url.includes("/agent/contacts/")) location.assign(answer.url); // recorded already
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    readAs = ""; // the button still works
    return;
  }
  if (mine !== turn && parts.includes("rest")) return; // a later reading has said more
  if (!parts.every((part) => page.getElementById(part))) return;
  const active = document.activeElement;
  const [id, value, name] = [active?.id, active?.value, active?.name];
  for (const part of parts) document.getElementById(part).replaceWith(page.getElementById(part));
  if (!active?.isConnected && (id || name)) {
    const again = id ? document.getElementById(id) : form.querySelector(`[name="${name}"]:checked`);
    if (again?.type === "text" && id !== "search") again.value = value; // what was typed meanwhile
    again?.focus();
  }
  if (parts.includes("rest")) readAs = asked();
}

let sending = null; // pictures on their way

form.addEventListener("change", (event) => {
  if (event.target.name === "photo" && event.target.files.length) sending = sendPictures().finally(() => { sending = null; });
  if (READ_AGAIN.has(event.target.name)) readOn();
});

/** Everything that the keyboard stops at, in order: one stop for a group of radios. */
function stops() {
  const all = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, button:not(.hidden), summary")];
  return all.filter((one) => one.offsetParent && (one.type !== "radio" || one.checked || !form.querySelector(`[name="${one.name}"]:checked`)));
}

form.addEventListener("keydown", async (event) => {
  const { target } = event;
  const isField = target.matches("input, select, textarea");
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !isField) return;
  event.preventDefault();
  if (event.ctrlKey || event.metaKey) {
    form.querySelector("button.primary")?.click();
    return;
  }
  const name = target.name;
  await readOn();
  const order = stops();
  const here = order.findIndex((one) => one === target || (one.name === name && name));
  // A service that the words name surely needs no look of its own: Shift + Tab goes back to it.
  const address = name === "words" && form.querySelector("[name=service]:checked") && document.getElementById("address");
  if (address && !address.value) address.focus();
  else order[(address ? order.indexOf(address) : here) + 1]?.focus();
});

// One submission at a time; a second one would only find the first. What is kept goes when the
// page that says so has come (contact_kept.js).
form.addEventListener("submit", async (event) => {
  if (form.dataset.sent) event.preventDefault();
  else if (sending) {
    event.preventDefault();
    const { submitter } = event;
    await sending;
    form.requestSubmit(submitter?.isConnected ? submitter : undefined);
  } else form.dataset.sent = "yes";
});
addEventListener("pageshow", () => delete form.dataset.sent);

const OWN = ["id", "channel", "town", "words", "name", "phone", "email"];
form.addEventListener("input", () => {
  const data = new FormData(form);
  sessionStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(OWN.map((name) => [name, data.get(name) ?? ""]))));
});
const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
if (kept && !asking.value) {
  for (const name of OWN) if (kept[name]) form.elements[name].value = kept[name];
  takeOver(new FormData(form), ["rest", "ends", "pictures"]);
}
// What stops the contact from being recorded comes first.
(form.querySelector("[aria-invalid]") ?? form.querySelector(".twins:not(:has(:checked)) input"))?.focus();
form.dataset.ready = "yes";
