// The map of published requests: each one where it is, or groups of them when there are too many.
// What it shows follows the filters of the list, which says the same without it.

import { drawGround } from "./ground.js";
import { leaflet, quietMap } from "./leaflet.js";
import { element, icon, language, root, words } from "./page.js";
import { onChosen, query } from "./public_list.js";
import { call } from "./server.js";

const TOWN_ZOOM = 13;
const FOUND_ZOOM = 16;
const LAST_ZOOM = 18;
const NEARER = 3; // zooms at once: more, and nobody knows where they are
const MARKER_PX = 44; // a finger's breadth, around a smaller mark
const GROUP_PX = 44;
const APART_PX = 64; // nearer than that, marks are one group
const ICONS = { received: "received", in_hand: "clock", solved: "solved", stopped: "stopped" };
const told = document.getElementById("map-told");
const again = document.getElementById("map-again");
const toList = document.getElementById("map-list");
const number = new Intl.NumberFormat(language);
const day = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });

let asking = null; // what ends the question that a newer one makes needless

async function open() {
  told.textContent = words.public_loading;
  const [ground, L] = await Promise.all([call("/api/map"), leaflet({ withClusters: true })]);
  const map = quietMap(L, "map", { zoomSnap: ground.tiles === null ? 0.5 : 1 });
  const ours = L.latLngBounds(ground.communes.map(({ centre }) => centre));
  aim(map, ours);
  drawGround(L, map, ground);
  const layers = { records: clusters(L).addTo(map), groups: L.featureGroup().addTo(map) };
  const show = () => ask(L, map, layers);
  map.on("moveend", show);
  map.on("popupclose", ({ popup: closed }) => {
    if (closed.getElement().contains(document.activeElement)) map.getContainer().focus();
  });
  map.getContainer().addEventListener("keydown", ({ key }) => { if (key === "Escape") map.closePopup(); });
  map.setMaxZoom(LAST_ZOOM);
  let town = centre();
  onChosen(() => {
    map.closePopup();
    if (centre() !== town) aim(map, ours);
    town = centre();
    show();
  });
  again.addEventListener("click", show);
  document.getElementById("results").addEventListener("click", (event) => find(map, event));
  show();
}

const centre = () => document.getElementById("results").dataset.centre;

/** The town that is chosen, else the whole metropolis. */
function aim(map, ours) {
  if (centre()) map.setView(centre().split(",").map(Number), TOWN_ZOOM, { animate: false });
  else map.fitBounds(ours, { animate: false, padding: [16, 16] });
}

async function ask(L, map, layers) {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  again.hidden = true;
  toList.hidden = true;
  told.textContent = words.public_loading;
  try {
    const seen = await call(`/open-data/map.geojson?${asked(map)}`, { signal });
    draw(L, map, layers, seen);
    told.textContent = seen.count ? `${words.public_here} ${number.format(seen.count)}` : nothing();
    toList.hidden = seen.count > 0 || !isUnplaced();
  } catch {
    if (signal.aborted) return; // a newer question is under way
    told.textContent = words.public_map_failed;
    again.hidden = false;
  }
}

/** There are some, and none of them says where. */
function isUnplaced() {
  const results = document.getElementById("results");
  return results.dataset.placed === "no" && results.querySelector("li") !== null;
}

const nothing = () => (isUnplaced() ? words.public_no_position : words.public_nothing_here);

function asked(map) {
  const bounds = map.getBounds();
  const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  const filters = query();
  filters.set("bbox", box.map((degrees) => degrees.toFixed(4)).join(","));
  filters.set("zoom", Math.floor(map.getZoom()));
  filters.set("lang", language);
  return filters;
}

function draw(L, map, { records, groups }, seen) {
  const isOpen = records.getLayers().some((marker) => marker.isPopupOpen());
  if (isOpen && !seen.grouped) return add(L, records, seen.features); // a popup moves the map itself
  records.clearLayers();
  groups.clearLayers();
  if (seen.grouped) seen.features.forEach((feature) => groups.addLayer(group(L, map, feature)));
  else add(L, records, seen.features);
}

/** Only what is not there yet. */
function add(L, records, features) {
  const there = new Set(records.getLayers().map(({ reference }) => reference));
  records.addLayers(features.filter(({ id }) => !there.has(id)).map((feature) => marker(L, feature)));
}

const place = ({ geometry: { coordinates: [longitude, latitude] } }) => [latitude, longitude];

function marker(L, feature) {
  const { properties: told } = feature;
  const title = `${told.service_name}, ${told.state_name}`;
  const mark = element("span", `mark ${told.step}`, icon(ICONS[told.step]));
  const made = L.marker(place(feature), {
    title, icon: L.divIcon({ html: mark, className: "place-mark", iconSize: [MARKER_PX, MARKER_PX] }),
  });
  made.reference = feature.id;
  return made.bindPopup(() => popup(told), { minWidth: 200, maxWidth: 280 });
}

function popup(told) {
  const where = [told.street, told.commune_name].filter(Boolean).join(", ");
  const link = element("a", "", words.public_report);
  link.href = `/assistant?lang=${language}&commune=${encodeURIComponent(told.commune_name ?? "")}`;
  return element(
    "div", "told-of",
    element("strong", "", told.service_name),
    element("span", "", where),
    element("span", `stands ${told.step}`, icon(ICONS[told.step]), ` ${told.state_name}`),
    element("span", "muted", `${words.public_filed} ${day.format(new Date(told.requested_on))}`),
    element("span", "muted", told.service_request_id),
    link,
  );
}

/** Many in one place: pressed, the map comes nearer until they are apart. */
function group(L, map, { properties, bbox: [west, south, east, north], ...feature }) {
  const bounds = L.latLngBounds([south, west], [north, east]);
  const made = L.marker(place(feature), { icon: groupIcon(L, properties.count), title: groupTitle(properties.count) });
  const nearer = () => {
    const isLast = map.getZoom() >= map.getMaxZoom();
    if (isLast) told.textContent = words.public_crowded;
    else map.fitBounds(bounds, { animate: false, maxZoom: map.getZoom() + NEARER });
    map.getContainer().focus();
  };
  return made.on("click", nearer).on("keypress", ({ originalEvent }) => { if (originalEvent.key === "Enter") nearer(); });
}

function clusters(L) {
  const made = L.markerClusterGroup({
    maxClusterRadius: APART_PX, showCoverageOnHover: false, animate: false,
    spiderLegPolylineOptions: { className: "leg" },
    iconCreateFunction: (cluster) => groupIcon(L, cluster.getChildCount()),
  });
  // The group itself puts "cluster" before the names of its groups' events.
  return made.on("clusterkeypress", (event) => { if (event.originalEvent.key === "Enter") made.fire("click", event); });
}

const groupTitle = (count) => `${number.format(count)} ${words.public_group}`;

function groupIcon(L, count) {
  const size = GROUP_PX + 6 * Math.min(5, Math.floor(Math.log10(count)));
  const html = element("span", "", number.format(count), element("span", "hidden", ` ${words.public_group}`));
  return L.divIcon({ html, className: "group-mark", iconSize: [size, size] });
}

/** "On the map", beside a request of the list. */
function find(map, { target }) {
  const { point } = target.closest("[data-point]")?.dataset ?? {};
  if (!point) return;
  map.setView(point.split(",").map(Number), Math.min(FOUND_ZOOM, map.getMaxZoom()), { animate: false });
  root.querySelector(".map").scrollIntoView({ block: "nearest" });
  map.getContainer().focus();
}

open().catch(() => {
  root.classList.add("without-map");
  told.textContent = words.public_map_failed;
});
