// A place pointed at on a map: a tap puts a marker, the arrow keys move the map under a mark.
// Leaflet is fetched the first time the map is opened; without it the text box still does.

import { drawGround } from "./ground.js";
import { leaflet, quietMap } from "./leaflet.js";
import { icon, root, tell, words } from "./page.js";
import { sendPlace } from "./position.js";
import { call } from "./server.js";

const dialog = document.getElementById("place");
const choose = document.getElementById("place-choose");
const told = document.getElementById("place-told");
const frame = dialog.querySelector(".frame");
const STREETS_ZOOM = 14;
const TOWNS_ZOOM = 12; // without streets, a town is found by its neighbours

let drawn = null; // the promise of the map, once asked for
let marker = null;
let isAimed = false; // the citizen has pointed at something: an opened map alone means nothing

export async function openMap() {
  dialog.showModal();
  try {
    drawn ??= draw();
    const { map } = await drawn;
    map.invalidateSize();
    map.getContainer().focus();
  } catch {
    drawn = null;
    dialog.close();
    tell(words.map_failed);
  }
}

async function draw() {
  const [ground, L] = await Promise.all([call("/api/map"), leaflet()]);
  const map = quietMap(L, "map", { zoomSnap: ground.tiles === null ? 0.5 : 1 });
  startAt(map, L, ground);
  document.getElementById("place-note").hidden = ground.tiles !== null;
  drawGround(L, map, ground);
  follow(map, L, ground.communes);
  return { map };
}

/** Where the visitor's town is, or the whole metropolis. */
function startAt(map, L, { communes, tiles }) {
  const town = communes.find(({ insee }) => insee === root.dataset.commune);
  if (town) map.setView(town.centre, tiles === null ? TOWNS_ZOOM : STREETS_ZOOM, { animate: false });
  else map.fitBounds(L.latLngBounds(communes.map(({ centre }) => centre)), { animate: false, padding: [16, 16] });
}

function follow(map, L, communes) {
  map.on("click", ({ latlng }) => {
    isAimed = true;
    marker?.remove();
    marker = L.marker(latlng, { icon: pin(L), keyboard: false, interactive: false }).addTo(map);
    pointed(map, communes);
  });
  const lift = () => { marker?.remove(); marker = null; };
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) { // from now on the centre is meant
      isAimed = true;
      lift();
    }
    if (event.key === "Enter" && event.target === map.getContainer()) {
      event.preventDefault();
      choose.click();
    }
  });
  map.on("dragstart", () => { isAimed = true; });
  map.on("moveend", () => pointed(map, communes));
  choose.addEventListener("click", () => {
    const { lat, lng } = point(map);
    dialog.close();
    lift();
    frame.classList.remove("marked");
    sendPlace(lat, lng);
  });
}

const point = (map) => marker?.getLatLng() ?? map.getCenter();

/** Something was pointed at: it may be chosen, and is said in words. */
function pointed(map, communes) {
  if (!isAimed) return;
  const here = point(map);
  const [near] = [...communes].sort((a, b) => here.distanceTo(a.centre) - here.distanceTo(b.centre));
  frame.classList.toggle("marked", marker !== null);
  choose.disabled = false;
  told.textContent = `${words.map_near} ${near.name}`;
}

function pin(L) {
  const holder = document.createElement("div");
  holder.append(icon("pin"));
  return L.divIcon({ html: holder, className: "marker", iconSize: [36, 36], iconAnchor: [18, 32] });
}

document.getElementById("place-leave").addEventListener("click", () => dialog.close());
