// Leaflet, fetched by the page that needs a map, and a map in our manner.

import { isStill, words } from "./page.js";

const LEAFLET = "/static/leaflet/leaflet";
const CLUSTERS = "/static/clusters/";
const KEYS_PAN_PX = 60;

let coming = null; // the promise of Leaflet, once asked for

/** Leaflet; with groups of markers when asked. Rejects when a file cannot be had. */
export async function leaflet({ withClusters = false } = {}) {
  coming ??= Promise.all([script(`${LEAFLET}.js`), style(`${LEAFLET}.css`)]);
  try {
    await coming;
    if (withClusters) await Promise.all([script(`${CLUSTERS}leaflet.markercluster.js`), style(`${CLUSTERS}MarkerCluster.css`)]);
  } catch (error) {
    coming = null;
    throw error;
  }
  return window.L;
}

/** A map that keys move and that stands still for whoever asks for it. */
export function quietMap(L, id, options = {}) {
  const moves = !isStill();
  const map = L.map(id, {
    keyboardPanDelta: KEYS_PAN_PX,
    fadeAnimation: moves, zoomAnimation: moves, markerZoomAnimation: moves, inertia: moves,
    zoomControl: false, ...options,
  });
  L.control.zoom({ zoomInTitle: words.map_nearer, zoomOutTitle: words.map_farther }).addTo(map);
  map.attributionControl.setPrefix("Leaflet");
  return map;
}

/** No module: what extends Leaflet looks for it in the window. */
const script = (path) => loaded(Object.assign(document.createElement("script"), { src: path }));

/** Before anything is measured; our own rules come after it. */
const style = (path) => loaded(Object.assign(document.createElement("link"), { rel: "stylesheet", href: path }));

function loaded(node) {
  return new Promise((done, failed) => {
    node.addEventListener("load", done);
    node.addEventListener("error", () => { node.remove(); failed(new Error(node.outerHTML)); });
    document.head.prepend(node);
  });
}
