// A place pointed at: the map moves under a cross-hair, by hand or by its keys; a button sends it.

import L from "leaflet";
import leafletStyle from "leaflet/dist/leaflet.css";
import { html, render } from "lit/html.js";
import type { Say } from "../app/words.js";
import { icon } from "../components/icon.js";
import type { Ground } from "../protocol/types.js";
import style from "./map.css";

const STREETS_ZOOM = 15;
const TOWN_ZOOM = 12; // without streets, a town is found by its neighbours
const KEYS_PAN_PX = 60;
const ROUNDING_PX = 4; // a frame that changes its size moves its middle

interface Asked {
  say: Say;
  insee: string | null;
  chosen(latitude: number, longitude: number): void;
  left(): void;
}

let sheet: CSSStyleSheet | null = null;

export function openMap(root: ShadowRoot, place: HTMLElement, ground: Ground, asked: Asked): void {
  dress(root);
  const { say, insee } = asked;
  let map: L.Map | null = null;
  let near = "";
  let isPointed = false; // somebody has moved or pressed it
  const choose = (): void => {
    if (!map || !isPointed) return;
    const { lat, lng } = map.getCenter();
    asked.chosen(lat, lng);
  };
  const draw = (): void => {
    render(
      html`<h3 id="map-title">${say("map_title")}</h3>
        <p class="small" id="map-how">${say(ground.tiles ? "map_how" : "map_how_bare")}</p>
        <div class="ground"><div class="surface"></div><span class="cross-hair">${icon("target")}</span></div>
        <p class="small" role="status">${near ? say("map_near", { town: near }) : ""}</p>
        <div class="row">
          <button type="button" class="primary" ?disabled=${!isPointed} @click=${choose}>${icon("pin")}${say("map_choose")}</button>
          <button type="button" @click=${asked.left}>${say("map_leave")}</button>
        </div>`,
      place,
    );
  };
  place.setAttribute("role", "group");
  place.setAttribute("aria-labelledby", "map-title");
  draw();
  const surface = place.querySelector(".surface") as HTMLElement;
  map = quiet(surface, say);
  const own = ground.communes.find((commune) => commune.insee === insee);
  if (own) map.setView(own.centre, ground.tiles ? STREETS_ZOOM : TOWN_ZOOM, { animate: false });
  else
    map.fitBounds(L.latLngBounds(ground.communes.map(({ centre }) => centre)), { animate: false });
  drawGround(map, ground, insee);
  surface.setAttribute("role", "application");
  surface.setAttribute("aria-label", say("map_label"));
  surface.setAttribute("aria-describedby", "map-how");
  const shown = map;
  const start = shown.getCenter();
  const point = (): void => {
    const here = shown.getCenter();
    isPointed ||= shown.project(here).distanceTo(shown.project(start)) > ROUNDING_PX;
    const [nearest] = [...ground.communes].sort(
      (a, b) => here.distanceTo(a.centre) - here.distanceTo(b.centre),
    );
    near = nearest?.name ?? "";
    draw();
  };
  map.on("moveend", point);
  map.on("click", ({ latlng }) => {
    isPointed = true;
    shown.panTo(latlng);
    point();
  });
  surface.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== surface) return;
    event.preventDefault();
    if (!event.repeat) choose();
  });
  const resized = new ResizeObserver(() => {
    if (surface.isConnected) shown.invalidateSize({ animate: false });
    else {
      resized.disconnect();
      shown.remove();
    }
  });
  resized.observe(surface);
  surface.focus();
}

/** Leaflet's own sheet first, ours over it. */
function dress(root: ShadowRoot): void {
  if (sheet && root.adoptedStyleSheets.includes(sheet)) return;
  sheet = new CSSStyleSheet();
  // Its pictures are for markers and layers that we do not have, and would be asked of the page.
  sheet.replaceSync(leafletStyle.replace(/[^{}]*\{[^{}]*url\([^{}]*\}/g, "") + style);
  root.adoptedStyleSheets.push(sheet);
}

/** Stands still for whoever asks for it. */
function quiet(surface: HTMLElement, say: Say): L.Map {
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(surface, {
    keyboardPanDelta: KEYS_PAN_PX,
    fadeAnimation: moves,
    zoomAnimation: moves,
    inertia: moves,
    zoomControl: false,
    zoomSnap: 0.5,
  });
  L.control.zoom({ zoomInTitle: say("map_nearer"), zoomOutTitle: say("map_farther") }).addTo(map);
  map.attributionControl.setPrefix("Leaflet");
  return map;
}

/** Tiles when the service has some; else the outlines of the towns, or their centres. */
function drawGround(
  map: L.Map,
  { tiles, credit, outlines, communes }: Ground,
  insee: string | null,
): void {
  if (tiles !== null) {
    const options = { attribution: escaped(credit ?? ""), maxZoom: 19, referrerPolicy: "origin" };
    L.tileLayer(tiles, options as L.TileLayerOptions).addTo(map);
    return;
  }
  map.setMinZoom(9).setMaxZoom(17);
  map.attributionControl.addAttribution("IGN Admin Express");
  if (outlines) {
    L.geoJSON(outlines as GeoJSON.GeoJsonObject, {
      interactive: false,
      style: (feature) => ({
        className: feature?.properties?.insee === insee ? "outline own" : "outline",
      }),
    })
      .addTo(map)
      .eachLayer((layer) => {
        const town = layer as L.Polygon;
        if (town.feature?.properties?.insee === insee) town.bringToFront();
      });
  }
  const labels = communes.map(({ name, centre }) => {
    const label = L.tooltip({ permanent: true, direction: "right", className: "town" });
    L.circleMarker(centre, { radius: 4, interactive: false, className: "dot" })
      .bindTooltip(label.setContent(escaped(name)))
      .addTo(map);
    return label;
  });
  const thin = (): void => keepApart(map.getContainer(), labels);
  map.on("moveend resize", thin);
  thin();
}

/** The most populous towns keep their names; one whose name would touch another's is a dot until
 * the map is nearer. */
function keepApart(frame: HTMLElement, labels: readonly L.Tooltip[]): void {
  const controls = [...frame.querySelectorAll(".leaflet-control")];
  const taken = controls.map((control) => control.getBoundingClientRect());
  for (const label of labels) {
    const element = label.getElement();
    if (!element) continue;
    const box = element.getBoundingClientRect();
    const isFree = !taken.some(
      (other) =>
        box.left < other.right &&
        other.left < box.right &&
        box.top < other.bottom &&
        other.top < box.bottom,
    );
    if (isFree) taken.push(box);
    element.classList.toggle("crowded", !isFree);
  }
}

/** Leaflet takes HTML where we have plain text. */
function escaped(text: string): string {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder.innerHTML;
}
