"""Conversations that are sent by e-mail. Whoever has an open page may ask for one, to any address:
nobody has verified it, so how often is bounded by asker, by recipient and in all."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from bot.mail import store
from bot.mail.letters import Content, Envelope, Mailer
from bot.mail.operations import post
from bot.mail.tables import TRANSCRIPT
from bot.services.working_days import local_date
from bot.storage.transaction import Transaction

A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
ASKED_A_DAY = 3
"""By one citizen."""
RECEIVED_A_DAY = 2
"""At one address, whoever asks."""
MOST_AN_HOUR = 200
"""From this service: what it sends besides must not be taken for junk on their account."""


async def post_transcript(
    tx: Transaction,
    mailer: Mailer,
    envelope: Envelope,
    content: Content,
    *,
    citizen_id: UUID,
    secret: str,
    now: datetime,
) -> timedelta | None:
    """Put it into the outbox, and return None; where enough were asked for already, after how long
    it is worth asking again. `secret` keeps the recipient out of what stays of the letter. Raises
    `Invalid` for an address that cannot be written to."""
    await store.queue_for_transcripts(tx)
    asked, day = _start(citizen_id), local_date(now).isoformat()
    end = f":{_recipient_key(secret, day, envelope.to)}"
    today = [key for key in await store.transcripts_since(tx, now - A_DAY) if f":{day}:" in key]
    is_enough = (
        sum(key.startswith(asked) for key in today) >= ASKED_A_DAY
        or sum(key.endswith(end) for key in today) >= RECEIVED_A_DAY
    )
    if is_enough:
        return A_DAY
    if len(await store.transcripts_since(tx, now - AN_HOUR)) >= MOST_AN_HOUR:
        return AN_HOUR
    key = f"{asked}{day}:{uuid4().hex}{end}"
    return None if await post(tx, mailer, envelope, content, key=key, now=now) else A_DAY


async def forget_transcripts(tx: Transaction, citizen_id: UUID, now: datetime) -> int:
    """Drop recipient and words of those that a citizen asked for; one that waits is not sent.
    Returns how many."""
    return await store.forget_keyed(tx, _start(citizen_id), now)


def _start(citizen_id: UUID) -> str:
    return f"{TRANSCRIPT}{citizen_id}:"


def _recipient_key(secret: str, day: str, to: str) -> str:
    """The same for each spelling of one mailbox, another one each day."""
    local, _, domain = to.lower().partition("@")
    mailbox = f"{local.partition('+')[0]}@{domain}"
    return hmac.digest(secret.encode(), f"transcript\0{day}\0{mailbox}".encode(), "sha256").hex()
