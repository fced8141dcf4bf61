"""The agents' answers by e-mail, to whoever asked for them there."""

from __future__ import annotations

from datetime import datetime

from bot.handover.counter import Counter
from bot.handover.store import Held
from bot.mail.letters import Envelope
from bot.mail.operations import post_about
from bot.storage.transaction import Transaction
from bot.words.phrases import Line, say


async def post_reply(
    tx: Transaction, held: Held, text: str, key: str, counter: Counter, now: datetime
) -> None:
    """An agent's words, with how to go on."""
    await _post(tx, held, (text, say("mail.answer_here")), key, counter, now)


async def post_closing(tx: Transaction, held: Held, counter: Counter, now: datetime) -> None:
    """The ticket is closed, and how it is reopened."""
    reference = held.ticket["reference"]
    lines = (say("mail.ticket_closed", reference=reference), say("mail.answer_here"))
    key = f"closed:{reference}:{now.isoformat()}"
    await _post(tx, held, lines, key, counter, now)


async def _post(
    tx: Transaction,
    held: Held,
    lines: tuple[Line, ...],
    key: str,
    counter: Counter,
    now: datetime,
) -> None:
    ticket, to = held.ticket, held.ticket["contact"]
    if counter.mailer is None or not to or "@" not in to:
        return
    team = counter.team(ticket["team"])
    language = held.conversation["language"]
    town = counter.town(ticket["commune"]) or counter.words.render(say("town.none"), language)
    envelope = Envelope(
        to,
        language,
        town,
        ticket["reference"],
        team.email,
        commune=ticket["commune"],
    )
    subject = say("mail.ticket_subject", reference=ticket["reference"])
    await post_about(tx, counter.mailer, envelope, subject=subject, lines=lines, key=key, now=now)
