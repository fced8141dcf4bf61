"""What the files, the map and the list of published requests share: who may be named, the words of
states, and who asks too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from aiohttp import web

from bot.open_data import asking
from bot.open_data.asking import Vocabulary
from bot.open_data.formats import Names
from bot.open_data.rules import Published, Wanted
from bot.parts import Service
from bot.service_requests.rules import Status
from bot.services.working_days import local_date
from bot.settings import Network
from bot.storage.tables import utc_now
from bot.web.address import client_address
from bot.web.open311 import PUBLIC_STATES
from bot.web.rate import AddressLimiter
from bot.words.phrases import say


@dataclass(frozen=True)
class PublicRequests:
    """Made once; `names` holds what codes are called in each language, `trusted` the proxies before
    us."""

    published: Published
    known: Vocabulary
    names: Mapping[str, Names]
    readers: AddressLimiter
    trusted: Sequence[Network]

    @classmethod
    def of(cls, service: Service) -> PublicRequests:
        communes = {commune.insee: commune for commune in service.gazetteer.communes}

        def names(language: str) -> Names:
            states = {
                status: service.words.render(
                    PUBLIC_STATES.get(status, say(f"state.{status}")), language
                )
                for status in Status
            }
            return Names(service.catalogue, communes, states, language)

        return cls(
            Published.of(service.catalogue),
            Vocabulary.of(service.catalogue, service.gazetteer.communes),
            {language: names(language) for language in ("fr", "en")},
            AddressLimiter(per_minute=600, burst=120),
            service.settings.trusted_proxies,
        )

    def wanted(self, query: Mapping[str, str]) -> Wanted:
        """The filters of a query. Raises `Invalid`."""
        return asking.wanted(query, self.known, today())

    def count_reader(self, request: web.Request) -> None:
        """Raises `TooMany`."""
        self.readers.take(client_address(request, self.trusted))


def today() -> date:
    """On citizens' calendars."""
    return local_date(utc_now())
