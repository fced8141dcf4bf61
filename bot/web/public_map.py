"""`/carte`: published requests as a list that works without scripts, and the map beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from babel.numbers import format_decimal
from yarl import URL

from bot.errors import Invalid
from bot.open_data import asking, operations, store
from bot.open_data.rules import Page, Record, Wanted, is_public
from bot.parts import Service
from bot.services.rules import Catalogue
from bot.web.public_requests import PublicRequests
from bot.web.rendering import Renderer
from bot.web.visitors import language_of
from bot.words.dates import LOCALES, Day

SHOWN = 20
COUNTED = 10_000
"""Above it, nobody needs the very number, and the list need not wait for it."""
PERIODS_DAYS = (7, 30, 90, 365)
FILTERS = ("commune", "kind", "state", "period")
DEFAULTS = {"state": "open"}
"""What somebody who comes to look wants to see: what is not solved yet."""
OTHER = "autre"


@dataclass(frozen=True)
class Kinds:
    """A group of services as the list of filters shows it: (code, label) of each."""

    code: str
    label: str
    services: tuple[tuple[str, str], ...]


class PublicMapDoors:
    def __init__(self, service: Service, public: PublicRequests, pages: Renderer) -> None:
        self._service = service
        self._public = public
        self._pages = pages

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get("/carte", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """The page; a filter that cannot be read is said in it, with status 400."""
        self._public.count_reader(request)
        language = language_of(request)
        chosen = {name: request.query.get(name, "").strip() for name in FILTERS}
        chosen = {name: value or DEFAULTS.get(name, "") for name, value in chosen.items()}
        wrong: str | None = None
        try:
            if "," in chosen["kind"]:  # the files take several, the list of choices has one
                raise Invalid("kind", "one at a time")
            wanted = self._public.wanted(chosen)
            after = asking.cursor(request.query)
            page, total, is_placed = await self._read(wanted, after)
        except Invalid as error:
            wrong = error.field
            chosen, after = dict.fromkeys(FILTERS, "") | DEFAULTS, None
            page, total, is_placed = await self._read(self._public.wanted(chosen), None)
        return self._pages.page(
            "public_map.html",
            request,
            status=200 if wrong is None else 400,
            wrong=wrong,
            chosen=chosen,
            communes=sorted(
                ((c.insee, c.name) for c in self._service.gazetteer.communes), key=lambda c: c[1]
            ),
            kinds=kinds_of(self._service.catalogue, language, self._pages.word_in(language)),
            periods=_periods(chosen["period"]),
            centre=self._centre(chosen["commune"]),
            items=[self._item(record, language) for record in page.records],
            count=_said_count(total, language),
            total=total,
            is_placed=is_placed,
            is_counted=total <= COUNTED,
            is_first=after is None,
            first_url=_url(language, chosen),
            next_url=_url(language, chosen, page.after) if page.after else None,
            files={
                kind: str(URL(f"/open-data/requests.{kind}").with_query(_explicit(chosen)))
                for kind in ("csv", "geojson")
            },
        )

    async def _read(self, wanted: Wanted, after: str | None) -> tuple[Page, int, bool]:
        """What the list shows, how many there are, and whether the map can show any of them."""
        published = self._public.published
        async with self._service.database.transaction() as tx:
            page = await operations.page(tx, published, wanted, SHOWN, after)
            total = await store.count(tx, published, wanted, COUNTED + 1)
            is_placed = any(record.point for record in page.records) or bool(
                await store.count(tx, published, wanted, 1, on_the_map=True)
            )
            return page, total, is_placed

    def _item(self, record: Record, language: str) -> dict[str, Any]:
        told = self._public.names[language].properties(record)
        return {
            **told,
            "filed": Day(record.filed_on, "long").in_(language),
            "changed": _if_later(record.changed_on, record.filed_on, language),
            "point": record.point,
        }

    def _centre(self, insee: str) -> str:
        """Where the map of a commune opens, as "latitude,longitude"."""
        if not insee:
            return ""
        latitude, longitude = self._service.gazetteer.by_insee(insee).centre
        return f"{latitude},{longitude}"


def kinds_of(catalogue: Catalogue, language: str, word: Callable[..., str]) -> tuple[Kinds, ...]:
    """The public services by group, in the order of the alphabet, what fits nowhere last."""
    groups: dict[str, dict[str, str]] = {}
    for service in catalogue.every_variant():
        if is_public(service):
            named = groups.setdefault(service.group, {})
            named.setdefault(service.code, service.label.in_(language))
    found = [
        Kinds(code, _group_name(code, word), tuple(sorted(named.items(), key=lambda s: s[1])))
        for code, named in groups.items()
    ]
    return tuple(sorted(found, key=lambda kinds: (kinds.code == OTHER, kinds.label)))


def _group_name(code: str, word: Callable[..., str]) -> str:
    """A commune may have a group of its own, for which there are no words here."""
    try:
        return word(f"group_{code}")
    except KeyError:
        return code.replace("_", " ").capitalize()


def _periods(chosen: str) -> list[int]:
    return sorted({*PERIODS_DAYS, *([int(chosen)] if chosen else [])})


def _if_later(day: date, filed_on: date, language: str) -> str | None:
    return Day(day, "long").in_(language) if day > filed_on else None


def _said_count(total: int, language: str) -> str:
    return format_decimal(min(total, COUNTED), locale=LOCALES[language])


def _explicit(chosen: dict[str, str]) -> dict[str, str]:
    """The filters for a door that has no defaults."""
    return {name: value for name, value in chosen.items() if value and value != "all"}


def _url(language: str, chosen: dict[str, str], after: str | None = None) -> str:
    query = {name: value for name, value in chosen.items() if value and value != DEFAULTS.get(name)}
    return str(
        URL("/carte").with_query({"lang": language, **query, **({"after": after} if after else {})})
    )
