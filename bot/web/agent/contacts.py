"""The pages on which agents record a call, a visit or a letter. They work without scripts; a
script only spares the page its way to the server and back."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from aiohttp import web
from yarl import URL

from bot.accounts.rules import Agent
from bot.contacts import photos, store
from bot.contacts.decisions import Answered, Contact, Decision, NoteOnly, ToFile, ToJoin, ToPass
from bot.contacts.operations import Desk, record
from bot.contacts.reading import (
    LONGEST_ADDRESS,
    ContactReader,
    Noted,
    Understood,
    read_person,
)
from bot.contacts.repeats import possible_repeats
from bot.contacts.rules import Channel, checked_words
from bot.conversations.rules import photos_in
from bot.errors import Conflict, Invalid, NotFound, Unavailable
from bot.parts import Service
from bot.service_requests import photo_store
from bot.services.working_days import local_date
from bot.storage.tables import utc_now
from bot.tickets.rules import Subject
from bot.web.agent.contact_form import contact_form, contact_id_of
from bot.web.agent.contact_page import NO_SERVICE, QUESTION, ContactPage, Shown
from bot.web.agent.session import HOME, see_other, signed_in
from bot.web.rate import Limiter
from bot.web.rendering import Renderer
from bot.web.uploads import Uploads
from bot.web.visitors import language_of
from bot.words.dates import Day
from bot.words.folding import fold

CONTACTS = f"{HOME}/contacts"
NEW = f"{CONTACTS}/new"
NO_TWIN = "none"


class ContactDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages
        self._page = ContactPage(service, pages)
        self._reader = ContactReader(service.catalogue, service.desk.reader, service.matcher)
        self._limiter = Limiter(per_minute=120, burst=60)
        self._uploads = Uploads()

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(NEW, signed_in(self._service, self.new)),
            web.post(NEW, signed_in(self._service, self.take)),
            web.get(f"{CONTACTS}/{{contact}}", signed_in(self._service, self.show)),
        ]

    async def new(self, request: web.Request, agent: Agent) -> web.Response:
        """An empty page, with what the last contact had of channel and town."""
        towns = self._page.towns(agent)
        form = {
            "id": secrets.token_urlsafe(12),
            "channel": _one_of(request.query.get("channel", ""), [c.value for c in Channel]),
            "town": _one_of(request.query.get("town", ""), [town.insee for town in towns]),
        }
        if agent.communes is None and "town" not in request.query:
            form["town"] = ""  # whoever serves every town says which it is
        return self._page.drawn(request, agent, Shown(form))

    async def take(self, request: web.Request, agent: Agent) -> web.Response:
        """Read on, or record, as the pressed button says."""
        self._limiter.take(str(agent.id))
        form, pictures = await contact_form(request, self._uploads, str(agent.id))
        try:
            contact_id = contact_id_of(form)
        except Invalid as error:
            form["id"] = secrets.token_urlsafe(12)
            return self._page.refused(request, agent, Shown(form), error)
        form = {name: value.replace("\0", "") for name, value in form.items()}
        async with self._service.database.transaction() as tx:
            known = await store.known_as(tx, agent, contact_id)
        if known is not None:  # sent twice: else it would be shown as its own repeat
            return see_other(request, URL(f"{CONTACTS}/{known['id']}"))
        refused = await self._pictured(agent, contact_id, form, pictures)
        async with self._service.database.transaction() as tx:
            chosen = await photos.of_contact(tx, agent, contact_id)
        if refused is not None:
            return self._page.refused(request, agent, Shown(form, photos=chosen), refused)
        try:
            shown, decided, contact = await self._decide(form, agent, language_of(request))
        except Invalid as error:
            return self._page.refused(request, agent, Shown(form, photos=chosen), error)
        shown = replace(shown, photos=chosen)
        if decided is None or contact is None:
            return self._page.drawn(request, agent, shown, 400 if shown.problems else 200)
        try:
            async with self._service.database.transaction() as tx:
                kept = await record(tx, agent, contact, decided, self._desk(), utc_now())
        except (Invalid, NotFound, Conflict) as error:
            return self._page.refused(request, agent, shown, error)
        return see_other(request, URL(f"{CONTACTS}/{kept}"))

    async def _pictured(
        self, agent: Agent, contact_id: str, form: Mapping[str, str], pictures: Sequence[bytes]
    ) -> Invalid | Unavailable | None:
        """Pictures are kept as soon as they arrive, whatever else the page lacks. Returns why
        they could not be."""
        service = self._service
        if form.get("drop"):
            try:
                photo = UUID(form["drop"])
            except ValueError:
                return Invalid("photo", "no such picture", "unreadable")
            async with service.database.transaction() as tx:
                await photos.drop(tx, agent, contact_id, photo)
        try:
            if pictures:
                await photos.keep(
                    service.database, service.photos, agent, contact_id, pictures, utc_now()
                )
        except (Invalid, Unavailable) as error:
            return error
        return None

    async def show(self, request: web.Request, agent: Agent) -> web.Response:
        """What was recorded: the reference, and what to tell aloud."""
        try:
            contact = UUID(request.match_info["contact"])
        except ValueError as error:
            raise NotFound("contact") from error
        async with self._service.database.transaction() as tx:
            kept = await store.recorded(tx, agent, contact, utc_now())
            sent = [UUID(photo) for photo in photos_in(kept.messages[0].content)]
            there = await photo_store.known_photos(tx, sent)
            due = None
            if kept.reference is not None and not kept.is_ticket:
                due = await store.due_on(tx, kept.reference)
        return self._pages.page(
            "agent_contact.html",
            request,
            agent=agent,
            contact=kept,
            town=self._service.counter.town(kept.commune),
            due=None if due is None else Day(due, "long"),
            photos=self._page.linked([photo for photo in sent if photo in there]),
        )

    async def _decide(
        self, form: dict[str, str], agent: Agent, language: str
    ) -> tuple[Shown, Decision | None, Contact | None]:
        """What the page shows next, or what is to be recorded. Raises `Invalid`."""
        contact = self._contact(form, agent)
        chosen, problems = self._chosen(form, contact.commune, language)
        do = form.get("do", "read")
        noted = Noted(
            contact.words,
            contact.commune,
            "" if chosen in NO_SERVICE else chosen,
            form.get("address", "")[:LONGEST_ADDRESS],
            form.get("place", ""),
            {key.removeprefix("field-"): v for key, v in form.items() if key.startswith("field-")},
        )
        now = utc_now()
        understood = await self._reader.read(noted, contact.person, local_date(now))
        if not chosen and understood.is_sure and understood.service is not None:
            chosen = understood.service.code
        shown = Shown(form, understood, chosen, (), problems)
        if problems:
            return shown, None, None
        try:
            decided = self._otherwise(do, form, understood, chosen)
        except Invalid as error:
            problems = {error.field: error.reason or "invalid"}
            return replace(shown, problems=problems), None, None
        if decided is not None:
            return shown, decided, contact
        is_asked = do == "file"
        if understood.service is None or chosen in NO_SERVICE:
            problems = {"service": "missing"} if is_asked else {}
            return Shown(form, understood, chosen, (), problems), None, None
        commune = understood.draft.commune
        if commune is not None and not agent.sees(commune):
            problems = {"address": "other_town"}
            return Shown(form, understood, chosen, (), problems), None, None
        if understood.problems:
            problems = dict(understood.problems) if is_asked else {}
            return Shown(form, understood, chosen, (), problems), None, None
        twins = await possible_repeats(
            self._service.database, self._service.catalogue, agent, understood, now
        )
        shown = Shown(form, understood, chosen, twins)
        join = form.get("join", "")
        if not is_asked or (twins and not join):
            return shown, None, None
        if any(twin.reference == join for twin in twins):
            return shown, ToJoin(join, understood.draft), contact
        service = understood.service
        return (
            shown,
            ToFile(
                understood.draft,
                service,
                self._service.catalogue.team(service.team),
                self._service.counter.town(understood.draft.commune),
            ),
            contact,
        )

    def _contact(self, form: dict[str, str], agent: Agent) -> Contact:
        """What every contact has. Raises `Invalid`."""
        commune = form.get("town", "")
        if commune not in [town.insee for town in self._page.towns(agent)]:
            raise Invalid("town", "not one of the agent's")
        channel = form.get("channel", "")
        if channel not in list(Channel):
            raise Invalid("channel", "unknown")
        person = read_person(form.get("name", ""), form.get("phone", ""), form.get("email", ""))
        words = checked_words("words", form.get("words", ""))
        return Contact(contact_id_of(form), Channel(channel), commune, person, words)

    def _otherwise(
        self, do: str, form: Mapping[str, str], understood: Understood, chosen: str
    ) -> Decision | None:
        """What is decided without filing anything; None where that is not asked. Raises
        `Invalid`."""
        match do:
            case "ticket":
                return self._pass_on(form, understood, chosen)
            case "answered":
                words = checked_words("told", form.get("told", ""))
                return Answered(words, self._team(form, understood))
            case "noted":
                return NoteOnly()
            case _:
                return None

    def _chosen(
        self, form: Mapping[str, str], commune: str, language: str
    ) -> tuple[str, dict[str, str]]:
        """The service chosen, what was searched by its name, else the one ticked; and what is
        wrong with it."""
        searched = fold(form.get("search", "").strip())
        if searched:
            for service in self._service.catalogue.offered(commune):
                if searched in (fold(service.label.in_(language)), service.code):
                    return service.code, {}
            return "", {"search": "unknown"}
        chosen = form.get("service", "")
        offers = chosen in NO_SERVICE or self._service.catalogue.has(chosen, commune)
        return (chosen if offers else ""), {}

    def _pass_on(self, form: Mapping[str, str], understood: Understood, chosen: str) -> ToPass:
        subject = Subject.QUESTION if chosen == QUESTION else Subject.HUMAN
        return ToPass(self._team(form, understood), subject)

    def _team(self, form: Mapping[str, str], understood: Understood) -> Any:
        catalogue, code = self._service.catalogue, form.get("team", "")
        if code and code not in catalogue.teams:
            raise Invalid("team", "unknown")
        return catalogue.team(code) if code else catalogue.team_for(understood.service)

    def _desk(self) -> Desk:
        return Desk(self._service.words, self._service.mailer)


def _one_of(asked: str, known: Sequence[str]) -> str:
    return asked if asked in known or not known else known[0]
