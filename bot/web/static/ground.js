// What the map shows: tiles when the service has some, else the towns at their centres.

const COMMUNES_CREDIT = "IGN Admin Express";

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
    const label = L.tooltip({ permanent: true, direction: "right", offset: [6, 0], className: "town" });
    const dot = L.circleMarker(centre, { radius: 5, interactive: false, className: "centre" });
    dot.bindTooltip(label.setContent(asText(name))).addTo(map);
    return { dot, label };
  });
  const thin = () => hideCrowded(towns.map(({ dot, label }) => ({ dot: dot.getElement(), label: label.getElement() })));
  map.on("zoomend viewreset resize", thin);
  thin();
}

/** The most populous towns come first: a label that would touch another or a dot is hidden. */
function hideCrowded(towns) {
  const dots = towns.map(({ dot }) => dot.getBoundingClientRect());
  const kept = [];
  towns.forEach(({ label }, index) => {
    const box = label.getBoundingClientRect();
    const isCrowded = kept.some((other) => touch(box, other)) ||
      dots.some((dot, other) => other !== index && touch(box, dot));
    label.classList.toggle("crowded", isCrowded);
    if (!isCrowded) kept.push(box);
  });
}

const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Leaflet takes HTML where we have plain text. */
function asText(text) {
  const holder = document.createElement("span");
  holder.textContent = text ?? "";
  return holder.innerHTML;
}
