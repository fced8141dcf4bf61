"""What every action is given beside its turn: the ports it may read through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.conversations.signals import Signals
from bot.conversations.turn import Turn
from bot.information.operations import ArticleSearch
from bot.mail.letters import Mailer
from bot.places.communes import Gazetteer
from bot.service_requests.reading import FormReader, Said
from bot.services.matcher import ServiceMatcher
from bot.services.outsiders import Outsiders
from bot.services.rules import Catalogue
from bot.storage.transaction import Database


@dataclass(frozen=True)
class Desk:
    """Read-only ports. `database` is for short reading transactions only; `mailer` writes what
    operations post, where a mail server is set."""

    catalogue: Catalogue
    gazetteer: Gazetteer
    matcher: ServiceMatcher
    reader: FormReader
    signals: Signals
    articles: ArticleSearch
    database: Database
    outsiders: Outsiders
    mailer: Mailer | None = None


Event = dict[str, Any]
Action = Callable[[Turn, Desk, Said], Awaitable[list[Event]]]


def slot(name: str, value: Any) -> Event:
    """Rasa's event that sets a slot."""
    return {"event": "slot", "name": name, "value": value}
