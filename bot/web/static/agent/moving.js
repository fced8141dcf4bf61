// The place of a citizen's request is put right: searched by its address, its town or a point of the
// map; chosen among what was found; then moved, with what is reported there already in view.

import { element, icon, tell, words } from "../page.js";
import { ask, newId, ofTicket } from "./asking.js";
import { addressOf, chosen, reference } from "./chosen.js";
import { field, openDialog, quiet, select } from "./mending-dialog.js";
import { pickPlace } from "./place.js";
import { day } from "./times.js";

const REASONS = {
  empty: words.desk_move_empty,
  outside: words.desk_move_outside,
  town: words.desk_move_ask_town,
  elsewhere: words.desk_move_elsewhere,
  no_service: words.desk_move_no_service,
  leaves: words.desk_move_leaves,
};
let towns = null; // once asked for

/** The button beside a request whose place may be corrected. */
export function moves(request) {
  return quiet(words.desk_move, () => move(request).catch(() => tell(words.desk_offline)));
}

async function move(request) {
  const which = reference();
  towns ??= (await ask("/meanings")).towns;
  const address = element("input");
  address.maxLength = 200;
  address.value = request.address ?? "";
  const town = select([["", words.desk_move_any_town], ...towns.map(({ code, label }) => [code, label])]);
  const found = element("div", "found");
  const pointed = element("p", "pointed");
  let point = null;
  let asked = null; // what was found, and what of it is chosen

  const forget = () => {
    asked = null;
    found.replaceChildren();
    button.textContent = words.desk_move_find;
    button.disabled = false;
  };
  const at = (where) => {
    point = where;
    pointed.replaceChildren(...(point ? [`${words.desk_move_point} ${point.map((degrees) => degrees.toFixed(5)).join(", ")} `, quiet(words.desk_move_no_point, () => at(null))] : []));
    forget();
  };
  const onMap = quiet("", async () => {
    const centre = point ?? request.point ?? null;
    const where = await pickPlace(centre, town.value || request.commune);
    if (where) {
      if (address.value === (request.address ?? "")) address.value = ""; // the nearest house says its own
      at(where);
    }
  });
  onMap.append(icon("pin"), ` ${words.desk_move_map}`);
  address.addEventListener("input", forget);
  town.addEventListener("change", forget);

  const search = async () => {
    const [latitude, longitude] = point ?? [null, null];
    const body = { request: request.reference, address: address.value, commune: town.value || null, latitude, longitude };
    asked = await ask(ofTicket(which, "/places"), body);
    button.textContent = words.desk_move;
    found.replaceChildren(...choices(asked, (place) => { asked.place = place; button.disabled = !place; }));
    found.querySelector("input, h3")?.focus();
    return true;
  };
  const perform = async () => {
    const { place } = asked;
    const { latitude, longitude, commune } = place;
    const joins = found.querySelector("input[name=joins]:checked")?.value || null;
    await ask(ofTicket(which, "/move"), { id: newId(), request: request.reference, address: place.address, commune, latitude, longitude, leaves: place.leaves, joins });
    tell(words.desk_move_done);
    if (place.leaves) location.assign(addressOf(chosen.queue, null)); // it may not be ours to see any more
    return false;
  };
  openDialog(
    words.desk_move,
    [
      element("p", "muted", `${request.label} · ${request.reference}`),
      element("p", "muted", words.desk_move_what),
      field(words.desk_move_address, address),
      field(words.desk_move_town, town),
      onMap,
      pointed,
      found,
    ],
    { does: words.desk_move_find, act: () => (asked ? perform() : search()), why },
  );
  const button = document.querySelector("dialog.mend .ends .primary");
  address.select();
}

function why({ status, told }) {
  if (told?.error === "taken") return `${told.name} ${words.desk_others}`;
  return REASONS[told?.reason] ?? (status === 409 ? words.desk_move_same : null);
}

/** What was found, one of which is chosen, and what is to be known of it. `settle` is given the
 * place once it may be moved to. */
function choices({ places, keeps }, settle) {
  const more = element("div", "more");
  const choose = (place) => more.replaceChildren(...about(place, settle));
  const options = places.map((place, n) => {
    const [box, label] = option("place", n, said(place));
    box.addEventListener("change", () => choose(place));
    return [box, label];
  });
  settle(null);
  if (options.length === 1) {
    options[0][0].checked = true;
    choose(places[0]);
  }
  const group = element("fieldset", "", element("legend", "", words.desk_move_which), ...options.map(([, label]) => label));
  return [group, ...(keeps ? [warning(keeps)] : []), more];
}

function option(name, value, text) {
  const box = element("input");
  box.type = "radio";
  box.name = name;
  box.value = value;
  return [box, element("label", "check", box, element("span", "", text))];
}

const said = ({ address, town, latitude, longitude }) =>
  [address ?? (latitude === null ? words.desk_move_whole_town : `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`), town].join(" · ");

const warning = (text) => element("p", "warning", icon("alert"), element("span", "", text));

function about(place, settle) {
  if (!place.has_service) {
    settle(null);
    return [warning(words.desk_move_no_service)];
  }
  const parts = [];
  if (place.leaves) {
    const box = element("input");
    box.type = "checkbox";
    box.addEventListener("change", () => settle(box.checked ? place : null));
    parts.push(warning(words.desk_move_leaves), element("label", "check", box, element("span", "", words.desk_move_confirm)));
  }
  settle(place.leaves ? null : place);
  return [...parts, ...repeats(place.likely)];
}

/** Offered, as the assistant does: nothing is joined that nobody chose. */
function repeats(likely) {
  if (!likely.length) return [];
  const [apart, label] = option("joins", "", words.desk_move_apart);
  apart.checked = true;
  const others = likely.map((one) => {
    const where = [one.label, one.address, one.metres === null ? null : `${one.metres} m`, one.state, day.format(new Date(one.filed_at))];
    return option("joins", one.reference, `${words.desk_move_join} ${one.reference} · ${where.filter(Boolean).join(" · ")}`)[1];
  });
  return [element("fieldset", "", element("legend", "", words.desk_move_likely), label, ...others)];
}
