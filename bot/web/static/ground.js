// What the map shows: tiles when the service has some, else the towns at their centres.

const COMMUNES_CREDIT = "IGN Admin Express";
const SIDES = ["right", "left", "top", "bottom"];

export function drawGround(L, map, { communes, tiles, credit }) {
  if (tiles !== null) {
    // Tile servers ask who shows their tiles: the origin, never the page.
    L.tileLayer(tiles, { attribution: asText(credit), maxZoom: 19, referrerPolicy: "origin" }).addTo(map);
    return;
  }
  map.setMaxZoom(16);
  map.setMinZoom(9);
  map.attributionControl.addAttribution(COMMUNES_CREDIT);
  const towns = communes.map(({ name, centre }) => {
    const label = L.tooltip({ permanent: true, direction: "right", className: "town" });
    const dot = L.circleMarker(centre, { radius: 5, interactive: false, className: "centre" });
    dot.bindTooltip(label.setContent(asText(name))).addTo(map);
    return { dot, label };
  });
  const place = () => placeLabels(map.getContainer(), towns);
  map.on("moveend resize", place);
  place();
}

/** The most populous towns choose first, each the side where its label touches nothing; one that
 * has none stays a dot until the map is nearer. */
function placeLabels(container, towns) {
  const frame = container.getBoundingClientRect();
  const controls = [...container.querySelectorAll(".leaflet-control")].map((c) => c.getBoundingClientRect());
  const dots = towns.map(({ dot }) => dot.getElement().getBoundingClientRect());
  const taken = [...dots, ...controls];
  towns.forEach(({ label }, own) => {
    const isFree = SIDES.some((side) => {
      label.options.direction = side;
      label.update();
      const box = label.getElement().getBoundingClientRect();
      if (!holds(frame, box) || taken.some((other) => other !== dots[own] && touch(box, other))) return false;
      taken.push(box);
      return true;
    });
    label.getElement().classList.toggle("crowded", !isFree);
  });
}

const holds = (a, b) => a.left <= b.left && b.right <= a.right && a.top <= b.top && b.bottom <= a.bottom;
const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Leaflet takes HTML where we have plain text. */
function asText(text) {
  const holder = document.createElement("span");
  holder.textContent = text ?? "";
  return holder.innerHTML;
}
