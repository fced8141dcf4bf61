// Where it is: the point on a quiet map of our own; no other site learns of it. The same map takes a
// point: the one under its cross, which a tap brings there, or the arrow keys.

import { drawGround } from "../ground.js";
import { leaflet, quietMap } from "../leaflet.js";
import { element, icon, tell, words } from "../page.js";
import { call } from "../server.js";

const dialog = document.getElementById("place");
const where = document.getElementById("place-where");
const ZOOM = { streets: 17, towns: 13 };

const ends = dialog.querySelector(".ends");
const choose = element("button", "primary", words.desk_move_map_do);
const cross = element("span", "cross-hair");
choose.type = "button";
cross.setAttribute("aria-hidden", "true");

let drawn = null; // the promise of the map, once asked for
let marker = null;

export async function showPlace(point, address) {
  where.textContent = [address, point.map((degrees) => degrees.toFixed(5)).join(", ")].filter(Boolean).join(" · ");
  const shown = await opened();
  if (!shown) return;
  const { map, L, hasStreets } = shown;
  map.setView(point, hasStreets ? ZOOM.streets : ZOOM.towns, { animate: false });
  marker = L.marker(point, { icon: pin(L), keyboard: false, interactive: false }).addTo(map);
}

/** A point that somebody chooses, [latitude, longitude], or null. Begins at `point`, else in the
 * town of that code. */
export async function pickPlace(point, insee) {
  where.textContent = words.desk_move_map_how;
  const shown = await opened();
  if (!shown) return null;
  const { map, hasStreets, communes } = shown;
  ends.prepend(choose);
  map.invalidateSize({ pan: false }); // the button takes some of its room
  const town = communes.find((commune) => commune.insee === insee) ?? communes[0];
  map.setView(point ?? town.centre, hasStreets ? ZOOM.streets : ZOOM.towns, { animate: false });
  const follow = ({ latlng }) => map.panTo(latlng);
  map.on("click", follow);
  map.getContainer().append(cross);
  map.getContainer().focus();
  return new Promise((done) => {
    const leave = (chosen) => {
      map.off("click", follow);
      cross.remove();
      choose.remove();
      done(chosen);
    };
    choose.onclick = () => {
      const { lat, lng } = map.getCenter();
      choose.onclick = null;
      leave([lat, lng]);
      dialog.close();
    };
    dialog.addEventListener("close", () => leave(null), { once: true });
  });
}

/** The map in its dialog, with nothing on it; null when it cannot be had. */
async function opened() {
  dialog.showModal();
  try {
    drawn ??= draw();
    const shown = await drawn;
    shown.map.invalidateSize();
    marker?.remove();
    return shown;
  } catch {
    drawn = null;
    dialog.close();
    tell(words.desk_map_failed);
    return null;
  }
}

async function draw() {
  const [ground, L] = await Promise.all([call("/api/map"), leaflet()]);
  const map = quietMap(L, "map");
  map.setView(ground.communes[0].centre, ZOOM.towns, { animate: false });
  drawGround(L, map, ground);
  return { map, L, hasStreets: ground.tiles !== null, communes: ground.communes };
}

function pin(L) {
  const holder = document.createElement("div");
  holder.append(icon("pin"));
  return L.divIcon({ html: holder, className: "marker", iconSize: [36, 36], iconAnchor: [18, 32] });
}

document.getElementById("place-leave").addEventListener("click", () => dialog.close());
