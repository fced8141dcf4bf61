"""Actions read through short transactions: none is open at an outside call, nor at their end."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from actions.desk import Desk
from actions.door import run_action
from actions.table import ACTIONS
from bot.conversations.signals import Signals
from bot.conversations.turn import Incoming, Speaker, Turn
from bot.information.operations import ArticleSearch
from bot.places.communes import load_gazetteer
from bot.places.geocoder import NoGeocoder
from bot.places.outlines import ImportedOutlines
from bot.places.rules import Candidate
from bot.service_requests.locating import Locator
from bot.service_requests.reading import FormReader
from bot.services.catalogue_files import load_catalogue
from bot.services.matcher import ServiceMatcher
from bot.services.rules import ServiceScore
from bot.storage.transaction import Database
from tests.actions.desks import outsiders
from tests.running import ROOT
from tests.turn.scripted import a_citizen, now, said

CATALOGUE = ROOT / "catalogue"
REPORT = "trou dans la chaussée 12 rue de la République à Oullins"


class WatchedMatcher(ServiceMatcher):
    """Never started; notes how many transactions are open whenever it is asked."""

    def __init__(self, database: Database, cache: Path) -> None:
        super().__init__(load_catalogue(CATALOGUE), cache)
        self._database = database
        self.open_when_asked: list[int] = []

    async def match(self, text: str, commune: str | None, top: int = 3) -> tuple[ServiceScore, ...]:
        self.open_when_asked.append(self._database.open_transactions)
        return (ServiceScore("pothole", 0.9),)[:top]


class WatchedGeocoder(NoGeocoder):
    """Finds nothing; notes how many transactions are open whenever it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.open_when_asked: list[int] = []

    async def search(self, text: str, **asked: Any) -> tuple[Candidate, ...]:
        self.open_when_asked.append(self._database.open_transactions)
        return await super().search(text, **asked)

    async def reverse(self, latitude: float, longitude: float) -> Candidate | None:
        self.open_when_asked.append(self._database.open_transactions)
        return await super().reverse(latitude, longitude)


async def test_no_action_leaves_a_transaction_open(database: Database, tmp_path: Path) -> None:
    matcher = WatchedMatcher(database, tmp_path)
    gazetteer = load_gazetteer(CATALOGUE / "places" / "communes.yml")
    signals = Signals.load(CATALOGUE / "signals.yml")
    catalogue = load_catalogue(CATALOGUE)
    geocoder = WatchedGeocoder(database)
    outlines = ImportedOutlines(database, frozenset())
    locator = Locator(geocoder, outlines, gazetteer)
    reader = FormReader(catalogue, gazetteer, matcher, signals, locator)
    articles = ArticleSearch(database, matcher, holds_vectors=False)
    desk = Desk(catalogue, gazetteer, matcher, reader, signals, articles, database, outsiders())
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, REPORT)
    for name in ACTIONS:
        turn = Turn(
            attempt=uuid4(),
            speaker=Speaker(accepted.conversation_id, citizen, "web"),
            language="fr",
            commune=None,
            introduced=False,
            incoming=(Incoming(accepted.seq, "text", REPORT, {}, now()),),
            draft=None,
            now=now(),
        )
        intent = {"name": name.removeprefix("action_"), "confidence": 1.0}
        called = {"next_action": name, "tracker": {"latest_message": {"intent": intent}}}
        await run_action(turn, desk, called)
        assert database.open_transactions == 0, name
    assert len(matcher.open_when_asked) >= 2  # to begin a report, and in doubt
    assert set(matcher.open_when_asked) == {0}
    assert geocoder.open_when_asked
    assert set(geocoder.open_when_asked) == {0}
    await matcher.stop()
