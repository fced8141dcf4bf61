// The page asks the service for the line again at every change, and shows the widget as it would be.

const form = document.getElementById("choices");
const told = document.getElementById("told");
const PAUSE_MS = 200;
let asked = 0;
let timer = 0;

function show() {
  const result = document.getElementById("result");
  result.querySelector(".preview").hidden = false;
  for (const button of result.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  preview(result.dataset);
}

/** A new one, as the line would make it. */
function preview(data) {
  document.querySelector("guichet-assistant")?.remove();
  const element = document.createElement("guichet-assistant");
  Object.assign(element.dataset, data);
  document.body.append(element);
}

async function copy(button) {
  const line = button.parentElement.querySelector("code").textContent;
  try {
    await navigator.clipboard.writeText(line);
    told.textContent = "";
    told.textContent = button.dataset.copied;
    button.textContent = button.dataset.copied;
  } catch {
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
  }
}

async function ask() {
  const mine = ++asked;
  const query = new URLSearchParams(new FormData(form));
  const answer = await fetch(`/widget/install?${query}`);
  if (!answer.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["result", "contrast"]) {
    document.getElementById(id).replaceWith(document.adoptNode(page.getElementById(id)));
  }
  history.replaceState(null, "", `?${query}`);
  show();
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => ask().catch(() => {}), PAUSE_MS); // the next change asks again
});
show();
