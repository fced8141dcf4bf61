"""Draws the page of a contact that is not recorded yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from aiohttp import web

from bot.accounts.rules import Agent
from bot.contacts.reading import Understood, asked_fields
from bot.contacts.rules import Channel
from bot.errors import DomainError, Invalid, Unavailable
from bot.files.pictures import Size
from bot.parts import Service
from bot.places.rules import Commune
from bot.service_requests.rules import MOST_PHOTOS
from bot.service_requests.twins import Twin
from bot.service_requests.wording import state
from bot.services.rules import FieldKind, ServiceField
from bot.services.working_days import local_date
from bot.storage.tables import utc_now
from bot.web.exchange import PHOTOS, STATUSES
from bot.web.rendering import Renderer
from bot.web.visitors import language_of
from bot.words.dates import Day
from bot.words.folding import fold
from bot.words.phrases import say

QUESTION, OTHER = "-question", "-other"
"""Choices beside the services: none of them has such a code."""
NO_SERVICE = (QUESTION, OTHER)
PHOTO_PROBLEMS = frozenset(
    {"empty", "heic", "infected", "too_large", "too_many", "unavailable", "unreadable"}
)


@dataclass(frozen=True)
class Shown:
    """What the page shows of a contact that is not recorded yet."""

    form: Mapping[str, str]
    understood: Understood | None = None
    chosen: str = ""
    twins: Sequence[Twin] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    photos: Sequence[UUID] = ()


class ContactPage:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages

    def towns(self, agent: Agent) -> list[Commune]:
        found = [town for town in self._service.gazetteer.communes if agent.sees(town.insee)]
        return sorted(found, key=lambda town: fold(town.name))

    def refused(
        self, request: web.Request, agent: Agent, shown: Shown, error: DomainError
    ) -> web.Response:
        name = error.field if isinstance(error, Invalid) else "join"
        reason = getattr(error, "reason", None) or "invalid"
        if isinstance(error, Unavailable):
            name, reason = "photo", "unavailable"
        self._service.metrics.refused(error.code)
        shown = replace(shown, problems={name: reason})
        return self.drawn(request, agent, shown, STATUSES.get(type(error), 400))

    def drawn(
        self, request: web.Request, agent: Agent, shown: Shown, status: int = 200
    ) -> web.Response:
        language, catalogue = language_of(request), self._service.catalogue
        understood = shown.understood
        service = understood.service if understood and shown.chosen not in NO_SERVICE else None
        word = self._pages.word_in(language)
        commune = shown.form.get("town") or None
        return self._pages.page(
            "agent_contact_new.html",
            request,
            status=status,
            agent=agent,
            form=shown.form,
            shown=shown,
            channels=list(Channel),
            towns=self.towns(agent),
            understood=understood,
            service=service,
            team=catalogue.team_for(service).code,
            teams=sorted(catalogue.teams.values(), key=lambda t: fold(t.label.in_(language))),
            fields=[] if service is None else asked_fields(service),
            value_of=lambda asked: self._value(shown, asked, language),
            services=sorted(catalogue.offered(commune), key=lambda s: fold(s.label.in_(language))),
            twin_line=lambda twin: word(
                "contact_twin",
                reference=twin.reference,
                where=twin.address or "",
                day=Day(local_date(twin.filed_at), "long"),
                state=self._service.words.render(state(twin.status, is_own=False), language),
            ),
            photos=self.linked(shown.photos),
            most_photos=MOST_PHOTOS,
            wrong=lambda name: _told(word, name, shown.problems.get(name)),
        )

    def linked(self, chosen: Sequence[UUID]) -> list[dict[str, str]]:
        """Pictures with addresses that open them for ten minutes."""
        now, links = utc_now(), self._service.links
        return [
            {
                "id": str(photo),
                **{s.value: f"{PHOTOS}/shown/{links.sign(photo, s, now)}" for s in Size},
            }
            for photo in chosen
        ]

    def _value(self, shown: Shown, asked: ServiceField, language: str) -> str:
        """What a field shows: as it was typed, else as it was read in the words."""
        typed = shown.form.get(f"field-{asked.code}")
        if typed or shown.understood is None:
            return typed or ""
        answer = shown.understood.draft.answers.get(asked.code)
        if answer is None:
            return ""
        if asked.kind is FieldKind.YES_NO:
            return self._service.words.render(say("word.yes" if answer.value else "word.no"), "fr")
        return str(answer.display or answer.value)


def _told(word: Any, name: str, problem: str | None) -> str:
    """What is wrong with a field, in words."""
    if problem is None:
        return ""
    if name == "photo":
        return str(word(f"desk_lost_{problem}" if problem in PHOTO_PROBLEMS else "contact_invalid"))
    known = ("missing", "outside", "other_town", "which", "unknown", "too_long", "unreadable")
    return str(word(f"contact_{problem if problem in known else 'invalid'}"))
