"""Letters and outboxes, with plain defaults."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from bot.mail import operations
from bot.mail.letters import Content, Envelope, Mailer
from bot.mail.rules import Letter
from bot.mail.store import Leased
from bot.mail.tables import Letter as Row
from bot.storage.transaction import Database
from bot.words.catalogues import Words
from bot.words.phrases import say

WORDS = Words.load()
MAILER = Mailer(WORDS, "metropole.example", "https://guichet.example/")
REFERENCE = "2026-004217"


def an_envelope(**replaced: Any) -> Envelope:
    plain: dict[str, Any] = {
        "to": "ada@citoyenne.example",
        "language": "fr",
        "town": "Oullins-Pierre-Bénite",
        "reference": REFERENCE,
    }
    return Envelope(**(plain | replaced))


def some_content(**replaced: Any) -> Content:
    plain: dict[str, Any] = {
        "subject": say("mail.report_subject", reference=REFERENCE, what="trou", place="ici"),
        "heading": say("mail.report"),
        "facts": ((say("mail.fact_reference"), REFERENCE),),
        "lines": ("Reçu le mardi 24 novembre 2026.",),
        "why": (say("mail.unread"),),
    }
    return Content(**(plain | replaced))


def a_letter(**replaced: Any) -> Letter:
    plain: dict[str, Any] = {
        "to": "ada@citoyenne.example",
        "sender_name": "Guichet, Oullins-Pierre-Bénite",
        "language": "fr",
        "subject": "Bien reçu",
        "text": "Reçu.",
        "html": "<p>Reçu.</p>",
    }
    return Letter(**(plain | replaced))


def a_leased(at: datetime, **replaced: Any) -> Leased:
    id_ = uuid4()
    return Leased(id_, f"<{id_.hex}@metropole.example>", at, 1, a_letter(**replaced))


async def posted(database: Database, at: datetime, **replaced: Any) -> str:
    """A letter in the outbox; its key."""
    key = uuid4().hex
    async with database.transaction() as tx:
        assert await operations.post(
            tx, MAILER, an_envelope(**replaced), some_content(), key=key, now=at
        )
    return key


async def row(database: Database, key: str) -> Row:
    async with database.transaction() as tx:
        found = (await tx.execute(select(Row.__table__).where(Row.key == key))).mappings().one()
    return Row(**found)


async def id_of(database: Database, key: str) -> UUID:
    return (await row(database, key)).id


async def no_letters(database: Database) -> None:
    """Those of the tests before are gone."""
    async with database.transaction() as tx:
        await tx.execute(delete(Row))


def parts(message: EmailMessage) -> tuple[str, str]:
    """The plain text and the HTML."""
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()
