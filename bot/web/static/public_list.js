// The list of published requests, filtered without leaving the page. Each choice has its address:
// it can be shared, and the way back leads through the choices made.

import { language, root, words } from "./page.js";
import { page } from "./server.js";

const form = document.getElementById("filters");
const told = document.getElementById("told");
const listeners = [];

let shown = location.search;

/** Hear of other filters, once the list shows what they leave. */
export const onChosen = (listener) => listeners.push(listener);

/** The filters, as every door of the open data understands them. */
export function query() {
  const filters = new URLSearchParams(new FormData(form));
  [...filters].forEach(([name, value]) => { if (!value) filters.delete(name); });
  return filters;
}

async function show(address) {
  told.textContent = words.public_loading;
  told.classList.add("hidden"); // read out; what is seen is the list itself
  root.setAttribute("aria-busy", "true");
  try {
    const made = new DOMParser().parseFromString(await page(address), "text/html");
    for (const id of ["results", "filters"]) {
      document.getElementById(id).replaceChildren(...made.getElementById(id).childNodes);
      Object.assign(document.getElementById(id).dataset, made.getElementById(id).dataset);
    }
    document.querySelector(".language").href = made.querySelector(".language").getAttribute("href");
    told.textContent = document.getElementById("count").textContent;
    return true;
  } catch {
    told.textContent = words.public_list_failed;
    told.classList.remove("hidden");
    return false;
  } finally {
    root.removeAttribute("aria-busy");
  }
}

async function go(address, { isOther }) {
  if (!(await show(address))) return;
  history.pushState(null, "", address);
  shown = location.search;
  if (isOther) listeners.forEach((listener) => listener());
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const focused = document.activeElement?.id;
  const filters = query();
  filters.set("lang", language);
  go(`${form.action}?${filters}`, { isOther: true }).then(() => document.getElementById(focused)?.focus());
});

document.getElementById("results").addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-page]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await go(link.href, { isOther: false });
  document.getElementById("list-title").focus();
});

addEventListener("popstate", async () => {
  if (location.search === shown) return; // a place in the page
  shown = location.search;
  if (await show(location.href)) listeners.forEach((listener) => listener());
});
