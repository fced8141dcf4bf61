// The figures of now: read again while the page is in front of somebody. Only what changed is
// touched, in its place: neither the focus nor the place on the page moves.

const EVERY_MS = 30_000;
const root = document.querySelector("main");
const words = JSON.parse(root.dataset.words);
const told = document.getElementById("told");
const now = document.getElementById("now");

function sameAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

/** Makes `old` say what `fresh` says, keeping every element that both have. */
function become(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) return;
  sameAttributes(old, fresh);
  const kept = [...old.childNodes];
  const wanted = [...fresh.childNodes];
  wanted.forEach((node, index) => {
    const there = kept[index];
    if (there && there.nodeName === node.nodeName) become(there, node);
    else if (there) there.replaceWith(node);
    else old.append(node);
  });
  kept.slice(wanted.length).forEach((node) => node.remove());
}

async function read() {
  if (document.hidden) return;
  const address = new URL("/agent/figures/live", location.href);
  address.search = location.search;
  address.searchParams.set("lang", document.documentElement.lang);
  try {
    const answer = await fetch(address);
    if (answer.status === 403) {
      told.textContent = words.figures_signed_out;
      clearInterval(again);
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    // In an element of its own, or the parser leaves out the white space that the page begins with.
    const page = `<div id="${now.id}">${await answer.text()}</div>`;
    become(now, new DOMParser().parseFromString(page, "text/html").body.firstChild);
    told.textContent = "";
    root.dataset.read = String(Number(root.dataset.read ?? 0) + 1);
  } catch {
    told.textContent = words.figures_offline;
  }
}

const again = setInterval(read, EVERY_MS);
document.addEventListener("visibilitychange", read);
root.dataset.ready = "true";
