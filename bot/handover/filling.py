"""An agent answers a question of the form in the citizen's place."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.errors import Conflict, Invalid
from bot.handover import store
from bot.handover.answering import record
from bot.handover.counter import Counter
from bot.handover.rules import Author, check_free
from bot.service_requests import store as drafts
from bot.service_requests.draft import Answer
from bot.services.answers import read_answer
from bot.services.rules import FieldKind
from bot.services.working_days import local_date
from bot.storage.transaction import Transaction
from bot.tickets.rules import EventKind

NOT_IN_WORDS = frozenset({FieldKind.LOCATION, FieldKind.PHOTO})


async def fill(
    tx: Transaction,
    author: Author,
    reference: str,
    field: str,
    text: str,
    counter: Counter,
    now: datetime,
) -> None:
    """Put an answer into the draft of a ticket's conversation, read as a citizen's would be; one
    that is there already changes nothing.

    Raises `Conflict` when no form waits there, `NotFound` for a field that it does not have,
    `Invalid` for what cannot be read as an answer to it.
    """
    held = await store.hold(tx, author, reference)
    check_free(author, held.hands)
    conversation_id = held.conversation["id"]
    draft = await drafts.draft_of(tx, conversation_id, now)
    if draft is None or draft.service is None:
        raise Conflict("no form waits in this conversation")
    service = counter.catalogue.service(draft.service, draft.commune)
    asked = service.field(field)
    if asked.kind in NOT_IN_WORDS:
        raise Invalid("field", "a place or a picture is the citizen's to give")
    read = read_answer(asked, text, local_date(now))
    if read is None:
        raise Invalid("text", "no answer to this question", reason="unreadable")
    answer = Answer(read.value, read.display)
    if draft.answers.get(field) == answer:
        return
    filled = draft.with_answer(field, answer)
    skipped = tuple(code for code in filled.skipped if code != field)
    await drafts.save_draft(tx, conversation_id, replace(filled, skipped=skipped), now)
    data = {"field": field, "value": read.value}
    await record(tx, author, held, EventKind.FILLED, now, data=data)
