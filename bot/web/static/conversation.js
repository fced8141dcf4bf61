// The first web page: a conversation with the assistant. Each module is one behaviour of it.

import "./helping.js";
import { listen } from "./listening.js";
import { tell, words } from "./page.js";
import { refreshRequests } from "./requests.js";
import { openSession } from "./server.js";

try {
  await openSession();
  await refreshRequests();
} catch {
  tell(words.offline); // listening goes on trying
}
listen();
