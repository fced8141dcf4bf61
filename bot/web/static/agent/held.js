// What a message holds: words, pictures, files, places; what it answers and what it changes.

import { element, icon, language, words } from "../page.js";
import { ofOpened } from "./asking.js";
import { opened } from "./chosen.js";

const MOST_QUOTED = 140;
const KB = 1024;
const sizes = ["kilobyte", "megabyte"].map((unit) => new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 1 }));

/** The content of a bubble. `gistOf`: what is known of another message, by its number; `of`: the
 * ticket or the conversation in which it was said. */
export function content(message, gistOf, of = opened()) {
  const body = [...quote(message, gistOf), ...mailHead(message), ...pictures(message, of), ...file(message, of), ...spoken(message), ...mailRest(message)];
  const photos = message.photos.map(({ alt, thumb, full }) => picture(thumb, full, alt));
  if (photos.length) body.push(element("span", "photos", ...photos));
  if (message.buttons.length) body.push(element("span", "offered", message.buttons.join(" · ")));
  return body;
}

/** A message in a line, for whatever quotes it. */
export function gist(message) {
  const text = message.text || named(message);
  return text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
}

function named({ kind, file: sent, other, place }) {
  if (sent) return sent.name ?? words[`desk_file_${sent.what}`];
  if (other) return words[`desk_other_${other}`] ?? words.desk_other_unsupported;
  if (kind === "location") return place ?? words.desk_place_sent;
  return kind === "photo" ? words.desk_photo_sent : "";
}

function quote({ reply_to: seq }, gistOf) {
  const quoted = seq === null ? undefined : gistOf(seq);
  return quoted ? [element("blockquote", "quoted", element("span", "hidden", `${words.desk_answers} `), quoted)] : [];
}

function spoken(message) {
  const { kind, text } = message;
  if (kind === "location") return [place(message)];
  if (kind === "edit") return edited(message);
  if (kind === "other") return [element("p", "", other(message))];
  if (message.is_command) return [element("p", "command", `${words.desk_command} ${text}`)];
  if (kind === "press") return [element("p", "", `${words.desk_pressed} ${text}`)];
  return text || !(message.photo || message.file) ? [element("p", "", text)] : [];
}

/** What a mail says beside its words. Its HTML is never shown. */
function mailHead({ mail }) {
  if (!mail) return [];
  const by = `${words.desk_mail_from} ${[mail.name, mail.sender].filter(Boolean).join(", ")}`;
  const from = mail.is_unproven ? [`${by} – `, element("strong", "", words.desk_mail_unproven)] : [`${by} (${words.desk_mail_unverified})`];
  const lines = [element("p", "mail", icon("mail"), ` ${words.desk_mail_subject} `, element("b", "", mail.subject || "–")), element("p", "mail", ...from)];
  return mail.is_automatic ? [...lines, element("p", "mail", words.desk_mail_automatic)] : lines;
}

function mailRest({ mail }) {
  return mail?.rest ? [element("details", "rest", element("summary", "", words.desk_mail_rest), element("p", "", mail.rest))] : [];
}

function place({ place: name, text, is_live: isLive }) {
  const told = [name, text].filter(Boolean).join(", ");
  return element("p", "", icon("pin"), ` ${told || (isLive ? words.desk_live_place : words.desk_place_sent)}`);
}

function edited({ text, before }) {
  const earlier = before ? [element("p", "earlier", `${words.desk_edited_before} `, element("del", "", before))] : [];
  return [element("p", "edited", words.desk_edited), element("p", "", text), ...earlier];
}

function other({ other: what, text }) {
  if (what === "sticker" && text) return text;
  return [words[`desk_other_${what}`] ?? words.desk_other_unsupported, text].filter(Boolean).join(" ");
}

function pictures({ photo: one, album }, of) {
  const ids = album.length ? album : [one].filter(Boolean);
  const shown = ids.map((id, n) => picture(photo(id, "thumb", of), photo(id, "full", of), ids.length > 1 ? `${words.desk_photo} ${n + 1}/${ids.length}` : words.desk_photo));
  return shown.length > 1 ? [element("span", "photos", ...shown)] : shown;
}

export const photo = (id, size, of = opened()) => `/agent/api${ofOpened(of, `/photos/${id}`)}?size=${size}`;

/** Small, opening large. */
export function picture(thumb, full, alt) {
  const image = element("img");
  image.alt = alt;
  image.src = thumb;
  image.loading = "lazy";
  const link = element("a", "picture", image);
  link.href = full;
  link.target = "_blank";
  link.rel = "noopener";
  return link;
}

function file({ file: sent }, of) {
  if (!sent) return [];
  const what = words[`desk_file_${sent.what}`];
  if (sent.lost) return [element("p", "lost", icon("alert"), ` ${what}. ${words[`desk_lost_${sent.lost}`]}`)];
  return [...(sent.plays ? [player(sent, what, of)] : []), download(sent, of)];
}

function player(sent, what, of) {
  const made = element(sent.plays, "player");
  made.controls = true;
  made.preload = "metadata";
  made.setAttribute("aria-label", what);
  made.src = address(sent, of);
  return made;
}

/** A file by its name and size, to be saved. */
export function download(sent, of = opened()) {
  const name = sent.name ?? words[`desk_file_${sent.what}`];
  const link = element("a", "file", element("span", "hidden", `${words.desk_download} `), element("bdi", "", name), ` (${size(sent.size)})`);
  link.href = address(sent, of);
  link.download = "";
  return link;
}

const address = ({ id }, of) => `/agent/api${ofOpened(of, `/attachments/${id}`)}`;

const size = (bytes) => (bytes < KB * KB ? sizes[0].format(Math.max(1, Math.round(bytes / KB))) : sizes[1].format(bytes / KB / KB));
