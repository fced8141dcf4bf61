// The context of a conversation that is only read: its reports, and what its citizen asked beside.

import { element, icon, words } from "../page.js";
import { download, photo, picture } from "./held.js";
import { earlier, line, list, otherContact, ownRequest, place, section } from "./packet.js";
import { sign } from "./queue.js";
import { day, time } from "./times.js";

const panel = document.getElementById("packet");

/** The report that it is read for, else the newest. */
export const reportOf = ({ reports, request }) => reports.find((one) => one.reference === request) ?? reports[0];

export function showReported(talk) {
  const first = reportOf(talk);
  const reports = [...(first ? [first] : []), ...talk.reports.filter((one) => one !== first)];
  const shown = new Set(talk.reports.flatMap((one) => one.photos));
  const others = talk.photos.filter((id) => !shown.has(id));
  panel.replaceChildren(
    ...reports.map(report),
    ...section(words.desk_photos, others.length && pictures(others)),
    ...section(words.desk_files, talk.files.length && list(talk.files.map((sent) => [download(sent)]))),
    ...section(words.desk_requests, talk.requests.length && list(talk.requests.map(ownRequest))),
    ...section(words.desk_earlier, talk.earlier.length && list(talk.earlier.map(earlier))),
    ...section(words.desk_others_contacts, talk.others.length && list(talk.others.map(otherContact))),
  );
}

const pictures = (ids) => element("div", "photos", ...ids.map((id) => picture(photo(id, "thumb"), photo(id, "full"), words.desk_photo)));

function report(one) {
  const due = one.expected_on && day.format(new Date(`${one.expected_on}T12:00Z`));
  const facts = [
    [words.desk_report_number, one.reference],
    [words.desk_report_state, one.state.label],
    [words.desk_report_due, one.is_late ? sign("late", "late", `${due}, ${words.desk_report_late}`) : due],
    [words.desk_place, place({ place: [one.address, one.precision, one.town].filter(Boolean).join(", "), point: one.point })],
    ...one.answers.map(({ name, value }) => [name, value]),
  ];
  return element(
    "section",
    "report",
    element("h3", "", icon("target"), ` ${one.label}`),
    ...(one.description ? [element("p", "summary", one.description)] : []),
    element("dl", "", ...facts.filter(([, value]) => value).map(([name, value]) => line(name, value))),
    ...(one.photos.length ? [pictures(one.photos)] : []),
    list(one.history.map(({ at, text }) => [time(at), " ", text]), "history"),
  );
}
