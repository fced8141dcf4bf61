"""What can be asked of letters: post one, list them, try again. Posted in the caller's
transaction: a letter is sent if and only if what it tells has happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from bot.mail import store
from bot.mail.letters import Content, Envelope, Mailer
from bot.mail.store import Listed
from bot.storage.transaction import Transaction
from bot.words.phrases import Line, say


async def post(
    tx: Transaction,
    mailer: Mailer,
    envelope: Envelope,
    content: Content,
    *,
    key: str,
    now: datetime,
    message: tuple[UUID, int] | None = None,
) -> bool:
    """Write a letter and put it into the outbox. `key` names the thing that it tells, which is
    told once: False for a repeat, and for more than a recipient gets in a day. `message`: the
    conversation and the number of the message that it is. Raises `Invalid` for an address that
    cannot be written to."""
    id_ = uuid4()
    letter = mailer.letter(envelope, content)
    message_id = f"<{id_.hex}@{mailer.domain}>"
    return await store.add(tx, id_, letter, key, message_id, now, message)


async def post_about(
    tx: Transaction,
    mailer: Mailer,
    envelope: Envelope,
    *,
    subject: Line,
    lines: Sequence[Line],
    key: str,
    now: datetime,
) -> bool:
    """News of the request of `envelope.reference`. `lines` say which one, where, what changed and
    what comes next, as a conversation tells them; `subject` says which one and what.

    Returns and raises as `post` does.
    """
    content = Content(
        subject=subject,
        heading=say("mail.about", reference=envelope.reference),
        facts=(),
        lines=lines,
        why=(
            say("mail.why_about", reference=envelope.reference, town=envelope.town),
            say("mail.stop"),
            answers_line(envelope),
        ),
    )
    return await post(tx, mailer, envelope, content, key=key, now=now)


def answers_line(envelope: Envelope) -> Line:
    """Who reads an answer to the letter, if anybody does."""
    return say("mail.unread" if envelope.reply_to is None else "mail.read")


async def list_letters(tx: Transaction, *, with_sent: bool, limit: int) -> list[Listed]:
    """The newest ones: the command line runs as the operator."""
    return await store.listed(tx, with_sent=with_sent, limit=limit)


async def try_again(tx: Transaction, letters: Sequence[UUID] | None, now: datetime) -> int:
    """Letters that were given up wait again; all of them when none is named. Returns how many.

    Raises `NotFound` when one of those named was not given up, or its words are forgotten.
    """
    return await store.try_again(tx, letters, now)
