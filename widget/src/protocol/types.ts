// What passes between the widget and the service; docs/widget-protocol.md says what each means.

export interface Card {
  reference: string;
  service: string;
  place: string | null;
  status: string;
  state: string;
  /** Which of `steps` it has come to. */
  step: number;
  steps: string[];
  expected_on: string | null;
  filed_at: string;
  is_own: boolean;
}

export interface Author {
  name: string;
  team?: string;
  team_fr?: string;
  team_en?: string;
}

/** `isLost`: it could not be shown, with fresh addresses either. */
export interface Photo {
  alt: string;
  thumb: string;
  full: string;
  isLost?: boolean;
}

export interface Event {
  seq: number;
  id: string | null;
  sender: "citizen" | "assistant" | "agent" | "system";
  kind: string;
  text: string;
  language?: string | null;
  buttons?: { title: string; payload: string }[];
  expects?: string | null;
  reference?: string | null;
  card?: Card | null;
  author?: Author | null;
  photos?: Photo[];
  links?: { title: string; url: string; checked_on?: string | null }[];
  what?: string | null;
  edits?: number | null;
  at: string;
}

export interface State {
  assistant: "warming" | "ready" | "away";
  owner: "bot" | "queued" | "agent" | "closed";
  waiting: "agent" | "engine" | null;
  thinking: boolean;
  typing: string | null;
  read_through: number;
  agent: Author | null;
  queue: {
    reference: string;
    ahead: number;
    minutes: number | null;
    opens_at: string | null;
  } | null;
}

export interface Session {
  token: string;
  is_new: boolean;
  begun: boolean;
  commune: { insee: string; name: string } | null;
  assistant: State["assistant"];
  privacy_url: string;
  can: { mail_transcript?: boolean; telegram?: boolean };
}

export interface Ground {
  communes: { insee: string; name: string; centre: [number, number] }[];
  outlines: unknown;
  tiles: string | null;
  credit: string | null;
}

/** What a message says: one of these. */
export type Content =
  | { text: string }
  | { payload: string }
  | { location: [number, number] }
  | { contact: string };

/** A message that nobody has confirmed. `shown`: its words in the citizen's bubble. */
export interface Pending {
  id: string;
  at: number;
  kind: "text" | "press" | "location" | "contact" | "photo";
  shown: string;
  content?: Content;
}

export interface Accepted {
  id: string;
  seq: number;
  repeated: boolean;
}
