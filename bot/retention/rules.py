"""What is kept how long. Pure; the table is the rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.audit.rules import KEPT_FOR as AUDIT_KEPT_FOR
from bot.learning.rules import KEPT_FOR as TRAINING_KEPT_FOR
from bot.learning.rules import REFUSED_KEPT_FOR
from bot.service_requests.rules import DRAFT_KEPT_FOR
from bot.tickets.rules import ORIGINAL_KEPT_FOR

FIRST_SWEEP_AFTER = timedelta(seconds=30)
"""Once the start's own work is done."""

SWEEP_EVERY = timedelta(hours=1)

AT_ONCE = 200
"""Conversations whose text one transaction forgets: far below the statement's time-out, and
nobody who writes waits for it."""


class Kind(StrEnum):
    DRAFT = "draft"
    CONVERSATION_TEXT = "conversation_text"
    ATTACHMENT = "attachment"
    NEWS = "news"
    WEB_SESSION = "web_session"
    AGENT_SESSION = "agent_session"
    LINK = "link"
    SIGN_IN_ATTEMPT = "sign_in_attempt"
    PHOTO_PLACE = "photo_place"
    LOOSE_PHOTO = "loose_photo"
    LETTER = "letter"
    MAIL = "mail"
    AUDIT = "audit"
    ORIGINAL = "original"
    TRAINING_REFUSED = "training_refused"
    TRAINING = "training"
    STRAY_FILE = "stray_file"


@dataclass(frozen=True)
class Keeping:
    """`counted_from` is the moment that starts the time, `source` why it is that long."""

    kept_for: timedelta
    counted_from: str
    source: str


KEPT: Mapping[Kind, Keeping] = {
    Kind.DRAFT: Keeping(
        DRAFT_KEPT_FOR,
        "the last change of the draft",
        "nothing half-filled is lost for seven days (our own rule)",
    ),
    Kind.CONVERSATION_TEXT: Keeping(
        timedelta(days=90),
        "the last message either way, with the words of its tickets; not while a request filed "
        "there or a ticket is open",
        "GDPR article 5(1)(e), storage limitation: the purpose is to answer and to follow up",
    ),
    Kind.ATTACHMENT: Keeping(
        timedelta(days=1),
        "its arrival; not while a message names it: it goes with the text of its conversation",
        "as long as that text, of which it is part; a day is beyond any message under way",
    ),
    Kind.NEWS: Keeping(
        timedelta(days=90),
        "the moment it was told; the request's own history stays",
        "as long as the conversation that it was told in",
    ),
    Kind.WEB_SESSION: Keeping(
        timedelta(0),
        "the session's own end, 30 days after its last use",
        "GDPR article 5(1)(e): an ended session identifies nobody",
    ),
    Kind.AGENT_SESSION: Keeping(
        timedelta(0),
        "the session's own end, 12 hours after signing in",
        "GDPR article 5(1)(e): an ended session serves nobody",
    ),
    Kind.LINK: Keeping(
        timedelta(days=30),
        "the making of a link between a chat and a page; not while it still joins them",
        "the browser that it let in can be shut out as long as its session may last",
    ),
    Kind.SIGN_IN_ATTEMPT: Keeping(
        timedelta(days=1),
        "the failed sign-in",
        "GDPR article 5(1)(e): it serves only to slow down the next ones",
    ),
    Kind.PHOTO_PLACE: Keeping(
        timedelta(days=1),
        "the arrival of the photo; only where no turn of the assistant has read it",
        "GDPR article 5(1)(c), minimisation: it serves only to be offered as the report's place",
    ),
    Kind.LOOSE_PHOTO: Keeping(
        DRAFT_KEPT_FOR,
        "its arrival; not while a draft names it",
        "as long as the draft that it was sent for",
    ),
    Kind.LETTER: Keeping(
        timedelta(days=90),
        "the letter's sending, or its last try; that it was sent stays known",
        "as long as the text of a conversation, whose words it repeats",
    ),
    Kind.MAIL: Keeping(
        timedelta(days=30),
        "its arrival; its words also go with those of its conversation",
        "what was misread can be read again, and no server sends a mail again after a week",
    ),
    Kind.AUDIT: Keeping(
        AUDIT_KEPT_FOR,
        "the deed",
        "CNIL, deliberation 2021-122 of 14 October 2021: logs are kept six months to a year",
    ),
    Kind.ORIGINAL: Keeping(
        ORIGINAL_KEPT_FOR,
        "the moment an agent hid it; not beyond the text of its conversation",
        "GDPR article 5(1)(c), minimisation: only a mistake in hiding is to be put right",
    ),
    Kind.TRAINING_REFUSED: Keeping(
        REFUSED_KEPT_FOR,
        "the refusal of a message to learn from",
        "GDPR article 5(1)(e): it serves only whoever changes their mind",
    ),
    Kind.TRAINING: Keeping(
        TRAINING_KEPT_FOR,
        "the proposal of a message to learn from, which holds nothing personal",
        "a year is beyond any training that it waits for",
    ),
    # A file is written seconds before its row: a day is far beyond any upload under way.
    Kind.STRAY_FILE: Keeping(
        timedelta(days=1),
        "the file's last change; only what no row names",
        "left by a crash, or by a photo whose row is gone: nobody can ask for it",
    ),
}
"""In the order of the sweep: a photo is free once its draft is gone, its file once its row is."""


def kept_since(kind: Kind, now: datetime) -> datetime:
    """What counts from this moment or earlier has been kept long enough."""
    return now - KEPT[kind].kept_for
