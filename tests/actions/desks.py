"""A desk over the real catalogue, with a matcher that says what a test wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from actions.desk import Desk
from bot.conversations.memory import Memory
from bot.conversations.signals import Signals
from bot.conversations.turn import Incoming, Speaker, Turn
from bot.information.operations import ArticleSearch
from bot.mail.letters import Mailer
from bot.places.communes import Gazetteer, load_gazetteer
from bot.places.geocoder import Geocoder, NoGeocoder
from bot.places.outlines import NoOutlines, PointFinder
from bot.service_requests.draft import Draft
from bot.service_requests.locating import Locator
from bot.service_requests.reading import FormReader, Said
from bot.services.catalogue_files import load_catalogue
from bot.services.matcher import ServiceMatcher
from bot.services.outsiders import Outsiders, load_outsiders
from bot.services.rules import Catalogue, ServiceScore
from bot.storage.transaction import Database
from bot.words.catalogues import Words
from bot.words.phrases import Button, Reply
from tests.running import ROOT

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
WORDS = Words.load()
UNSURE = (("pothole", 0.4), ("road_sign", 0.3), ("bollard", 0.2))


@cache
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "catalogue")


@cache
def gazetteer() -> Gazetteer:
    return load_gazetteer(ROOT / "catalogue" / "places" / "communes.yml")


@cache
def signals() -> Signals:
    return Signals.load(ROOT / "catalogue" / "signals.yml")


@cache
def outsiders() -> Outsiders:
    return load_outsiders(ROOT / "catalogue")


class SayingMatcher(ServiceMatcher):
    """Never started. A text that holds a key is surely its service; others are `otherwise`."""

    def __init__(
        self, surely: Mapping[str, str], otherwise: Sequence[tuple[str, float]] = UNSURE
    ) -> None:
        super().__init__(catalogue(), Path("/nonexistent"))
        self._surely = surely
        self._otherwise = otherwise

    async def match(self, text: str, commune: str | None, top: int = 3) -> tuple[ServiceScore, ...]:
        named = {service for key, service in self._surely.items() if key in text.lower()}
        if len(named) == 1:
            return (ServiceScore(named.pop(), 0.9),)
        scores = [(one, 1 / len(named)) for one in sorted(named)] or self._otherwise
        return tuple(ServiceScore(code, score) for code, score in scores)[:top]


def a_locator(geocoder: Geocoder | None = None, outlines: PointFinder | None = None) -> Locator:
    """One that knows nothing, unless told otherwise: as where no address service is set."""
    return Locator(geocoder or NoGeocoder(), outlines or NoOutlines(), gazetteer())


def a_reader(surely: Mapping[str, str] | None = None, locator: Locator | None = None) -> FormReader:
    return FormReader(
        catalogue(), gazetteer(), SayingMatcher(surely or {}), signals(), locator or a_locator()
    )


def a_desk(surely: Mapping[str, str] | None = None, mailer: Mailer | None = None) -> Desk:
    """Its database is nowhere: for actions that read nothing of it."""
    matcher = SayingMatcher(surely or {})
    reader = FormReader(catalogue(), gazetteer(), matcher, signals(), a_locator())
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    articles = ArticleSearch(database, matcher, holds_vectors=False)
    return Desk(
        catalogue(),
        gazetteer(),
        matcher,
        reader,
        signals(),
        articles,
        database,
        outsiders(),
        mailer,
    )


def a_turn(text: str = "", **replaced: Any) -> Turn:
    plain: dict[str, Any] = {
        "attempt": uuid4(),
        "speaker": Speaker(uuid4(), uuid4(), "web"),
        "language": "fr",
        "commune": None,
        "introduced": True,
        "incoming": (Incoming(1, "text", text, {}, NOW),) if text else (),
        "draft": None,
        "now": NOW,
        "memory": Memory(),
    }
    return Turn(**(plain | replaced))


def something_said(text: str = "", **replaced: Any) -> Said:
    """A message of which the classifier is sure of nothing, unless told otherwise."""
    plain: dict[str, Any] = {
        "text": text,
        "intent": "nlu_fallback",
        "confidence": 0.3,
        "press": {},
        "stale": False,
        "location": None,
        "photos": (),
        "contact": None,
        "today": date(2026, 11, 24),
        "language": "fr",
    }
    return Said(**(plain | replaced))


def a_draft(**replaced: Any) -> Draft:
    """A pothole with its place, in Oullins."""
    plain: dict[str, Any] = {
        "service": "pothole",
        "description": "un trou",
        "address": "12 rue Pasteur",
        "commune": "69149",
    }
    return Draft(**(plain | replaced))


def words_of(reply: Reply) -> str:
    """The bubble as it is read, in French."""
    rendered = [WORDS.render(line, "fr") for line in reply.lines]
    return "\n".join(rendered).replace("\u00a0", " ")


def titles(reply: Reply) -> list[str]:
    return [WORDS.render(button.title, "fr") for button in reply.buttons]


def button(reply: Reply, title: str) -> Button:
    return next(b for b in reply.buttons if WORDS.render(b.title, "fr") == title)
