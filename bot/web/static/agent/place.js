// Where it is: the point on a quiet map of our own; no other site learns of it.

import { drawGround } from "../ground.js";
import { leaflet, quietMap } from "../leaflet.js";
import { icon, tell, words } from "../page.js";
import { call } from "../server.js";

const dialog = document.getElementById("place");
const where = document.getElementById("place-where");
const ZOOM = { streets: 17, towns: 13 };

let drawn = null; // the promise of the map, once asked for
let marker = null;

export async function showPlace(point, address) {
  where.textContent = [address, point.map((degrees) => degrees.toFixed(5)).join(", ")].filter(Boolean).join(" · ");
  dialog.showModal();
  try {
    drawn ??= draw();
    const { map, L, hasStreets } = await drawn;
    map.invalidateSize();
    map.setView(point, hasStreets ? ZOOM.streets : ZOOM.towns, { animate: false });
    marker?.remove();
    marker = L.marker(point, { icon: pin(L), keyboard: false, interactive: false }).addTo(map);
  } catch {
    drawn = null;
    dialog.close();
    tell(words.desk_map_failed);
  }
}

async function draw() {
  const [ground, L] = await Promise.all([call("/api/map"), leaflet()]);
  const map = quietMap(L, "map");
  map.setView(ground.communes[0].centre, ZOOM.towns, { animate: false });
  drawGround(L, map, ground);
  return { map, L, hasStreets: ground.tiles !== null };
}

function pin(L) {
  const holder = document.createElement("div");
  holder.append(icon("pin"));
  return L.divIcon({ html: holder, className: "marker", iconSize: [36, 36], iconAnchor: [18, 32] });
}

document.getElementById("place-leave").addEventListener("click", () => dialog.close());
