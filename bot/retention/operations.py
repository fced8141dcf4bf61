"""What can be asked of retention: forget what was kept long enough, kind by kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from bot.accounts import attempt_store, session_store
from bot.accounts import store as accounts
from bot.attachments import store as attachments
from bot.audit import store as audit
from bot.continuing import store as links
from bot.conversations import store as conversations
from bot.learning import store as learning
from bot.mail import store as letters
from bot.mailbox import store as mailbox
from bot.retention.rules import AT_ONCE, Kind, kept_since
from bot.service_requests import life_store, photo_store
from bot.service_requests import store as requests
from bot.storage.transaction import Transaction
from bot.tickets import redactions


async def forget_drafts(tx: Transaction, now: datetime) -> int:
    """Drop drafts that nobody went on with. Returns how many."""
    return await requests.drop_drafts(tx, kept_since(Kind.DRAFT, now))


async def forget_conversation_text(tx: Transaction, now: datetime) -> int:
    """Drop what was said in quiet conversations, at most `AT_ONCE`. Returns how many they were.

    The conversation's row stays, and with it whatever was filed or asked for there.
    """
    return await conversations.forget_text(
        tx, kept_since(Kind.CONVERSATION_TEXT, now), limit=AT_ONCE
    )


async def forget_attachments(tx: Transaction, now: datetime) -> int:
    """Drop the rows of files whose message is gone; the files are then stray. Returns how many."""
    return await attachments.drop_unnamed(tx, kept_since(Kind.ATTACHMENT, now))


async def forget_news(tx: Transaction, now: datetime) -> int:
    """Drop news that were told. Returns how many."""
    return await life_store.drop_told(tx, kept_since(Kind.NEWS, now))


async def forget_web_sessions(tx: Transaction, now: datetime) -> int:
    """Drop sessions that ended. Returns how many."""
    return await accounts.drop_expired_sessions(tx, kept_since(Kind.WEB_SESSION, now))


async def forget_agent_sessions(tx: Transaction, now: datetime) -> int:
    """Drop agents' sessions that ended. Returns how many."""
    return await session_store.drop_expired(tx, kept_since(Kind.AGENT_SESSION, now))


async def forget_links(tx: Transaction, now: datetime) -> int:
    """Drop links between chats and pages that join nothing any more. Returns how many."""
    return await links.forget_used(tx, kept_since(Kind.LINK, now))


async def forget_sign_in_attempts(tx: Transaction, now: datetime) -> int:
    """Drop failed sign-ins that slow nobody down any more. Returns how many."""
    return await attempt_store.drop_old(tx, kept_since(Kind.SIGN_IN_ATTEMPT, now))


async def forget_photo_places(tx: Transaction, now: datetime) -> int:
    """Drop where photos were taken, which no turn of the assistant has read. Returns how many."""
    return await photo_store.drop_places(tx, kept_since(Kind.PHOTO_PLACE, now))


async def forget_loose_photos(tx: Transaction, now: datetime) -> int:
    """Drop the rows of photos that became part of no request; their files are then stray.
    Returns how many."""
    return await photo_store.drop_loose_photos(tx, kept_since(Kind.LOOSE_PHOTO, now))


async def forget_letters(tx: Transaction, now: datetime) -> int:
    """Drop recipients and words of old letters, at most `AT_ONCE`; one that still waited is not
    sent any more. Returns how many."""
    return await letters.forget(tx, kept_since(Kind.LETTER, now), now, AT_ONCE)


async def forget_mail(tx: Transaction, now: datetime) -> int:
    """Drop mails as they came, at most `AT_ONCE`. Returns how many."""
    return await mailbox.forget(tx, kept_since(Kind.MAIL, now), AT_ONCE)


async def forget_audit(tx: Transaction, now: datetime) -> int:
    """Drop old lines of the audit log. Returns how many."""
    return await audit.drop_old(tx, kept_since(Kind.AUDIT, now))


async def forget_originals(tx: Transaction, now: datetime) -> int:
    """Drop what agents hid a while ago; its files are then stray. Returns how many."""
    return await redactions.drop_old(tx, kept_since(Kind.ORIGINAL, now))


async def forget_refused(tx: Transaction, now: datetime) -> int:
    """Drop messages that nothing is learnt from. Returns how many."""
    return await learning.drop_refused(tx, kept_since(Kind.TRAINING_REFUSED, now))


async def forget_training(tx: Transaction, now: datetime) -> int:
    """Drop old messages to learn from, whatever became of them. Returns how many."""
    return await learning.drop_old(tx, kept_since(Kind.TRAINING, now))


async def stray_photos(tx: Transaction, photos: Sequence[UUID]) -> list[UUID]:
    """Those of the stored photos that no row names: the caller removes them after its commit,
    since a file cannot be rolled back."""
    known = await photo_store.known_photos(tx, photos)
    return [photo for photo in photos if photo not in known]


async def stray_attachments(tx: Transaction, stored: Sequence[UUID]) -> list[UUID]:
    """The same of stored attachments."""
    known = await attachments.known(tx, stored)
    return [attachment for attachment in stored if attachment not in known]


FORGET: Mapping[Kind, Callable[[Transaction, datetime], Awaitable[int]]] = {
    Kind.DRAFT: forget_drafts,
    Kind.CONVERSATION_TEXT: forget_conversation_text,
    Kind.ATTACHMENT: forget_attachments,
    Kind.NEWS: forget_news,
    Kind.WEB_SESSION: forget_web_sessions,
    Kind.AGENT_SESSION: forget_agent_sessions,
    Kind.LINK: forget_links,
    Kind.SIGN_IN_ATTEMPT: forget_sign_in_attempts,
    Kind.PHOTO_PLACE: forget_photo_places,
    Kind.LOOSE_PHOTO: forget_loose_photos,
    Kind.LETTER: forget_letters,
    Kind.MAIL: forget_mail,
    Kind.AUDIT: forget_audit,
    Kind.ORIGINAL: forget_originals,
    Kind.TRAINING_REFUSED: forget_refused,
    Kind.TRAINING: forget_training,
}
"""What forgets rows, in the order of the sweep."""
