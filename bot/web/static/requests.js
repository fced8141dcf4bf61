// "My reports": what this visitor has filed, newest first, with where each stands.

import { element, icon, language } from "./page.js";
import { unbroken } from "./references.js";
import { call } from "./server.js";
import { telling } from "./town_time.js";

const list = document.getElementById("requests");
const none = document.getElementById("no-requests");
const STEPS = 3; // received, being dealt with, solved
const REACHED = {
  new: 1, forwarded: 1, forward_failed: 1, reopened: 1,
  in_progress: 2, planned: 2, monitoring: 2, waiting_citizen: 2,
  resolved: 3, archived: 3,
};
const ICONS = ["stopped", "received", "clock", "solved"];
const day = telling({ dateStyle: "medium" });

function card(request) {
  const reached = REACHED[request.status] ?? 0; // 0: refused or withdrawn
  const line = element("span", "steps", ...Array.from({ length: STEPS }, (_, i) => element("i", i < reached ? "done" : "")));
  line.setAttribute("aria-hidden", "true");
  const place = [request.address, request.commune].filter(Boolean).join(", ");
  return element(
    "li", "",
    element("strong", "", request.service),
    element("span", "", place),
    ...(reached ? [line] : []),
    element("span", "stands", icon(ICONS[reached]), ` ${request.state}`),
    element("span", "muted", ...unbroken(`${request.reference} · ${day.format(new Date(request.filed_at))}`)),
  );
}

export async function refreshRequests() {
  const { requests } = await call(`/api/requests?lang=${language}`);
  list.replaceChildren(...requests.map(card));
  none.hidden = requests.length > 0;
}
