// What one line of the conversation is, and what the lines together mean. No DOM.

import type { Card, Event, Pending } from "../protocol/types.js";

export type Status = "sending" | "sent" | "failed";

export interface Line {
  readonly key: string;
  event: Event;
  /** Of the citizen's own: how far it is. */
  status: Status;
  why: string;
  progress: number | null;
  picture: Blob | null;
  /** When the addresses of its pictures came, and were last asked for anew. */
  linkedAt: number;
  renewedAt: number;
}

const blank = { why: "", progress: null, picture: null, renewedAt: 0 } as const;

export function heard(event: Event): Line {
  const key = event.id ?? `n${event.seq}`;
  return { ...blank, key, event, status: "sent", linkedAt: Date.now() };
}

export function written({ id, at, kind, shown }: Pending): Line {
  const event: Event = {
    seq: Number.POSITIVE_INFINITY,
    id,
    sender: "citizen",
    kind,
    text: shown,
    at: new Date(at).toISOString(),
  };
  return { ...blank, key: id, event, status: "sending", linkedAt: at };
}

/** As the conversation took them; what it has not taken comes last, as it was written. */
export function inOrder(lines: Line[]): Line[] {
  return lines.sort((a, b) => a.event.seq - b.event.seq || (a.event.at < b.event.at ? -1 : 1) || 0);
}

export const asks = ({ event }: Line): boolean =>
  event.sender !== "citizen" && (Boolean(event.buttons?.length) || Boolean(event.expects));

/** The lines whose choices may still be pressed. A press or a place answers; other words leave what
 * was offered until the next question, since one answer may bring several questions together. */
export function openQuestions(lines: readonly Line[]): ReadonlySet<Line> {
  let open: { line: Line; isPast: boolean }[] = [];
  for (const line of lines) {
    if (line.event.sender === "citizen") {
      const answers = line.event.kind === "press" || line.event.kind === "location";
      open = answers ? [] : open.map((one) => ({ ...one, isPast: true }));
    } else if (asks(line)) {
      open = [...open.filter(({ isPast }) => !isPast), { line, isPast: false }];
    }
  }
  return new Set(open.map(({ line }) => line));
}

/** Of each request, the card that is true now. */
export function newestCards(lines: readonly Line[]): ReadonlyMap<string, Card> {
  const cards = new Map<string, Card>();
  for (const { event } of lines) if (event.card) cards.set(event.card.reference, event.card);
  return cards;
}

/** The newer versions of the citizen's messages, by the number of the first. */
export function edits(lines: readonly Line[]): ReadonlyMap<number, Event> {
  const found = new Map<number, Event>();
  for (const { event } of lines) if (event.edits) found.set(event.edits, event);
  return found;
}
