"""The settings of canned answers and macros: lists, forms, history. They need no script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from yarl import URL

from bot.accounts.rules import Agent, Role
from bot.answers import offering, operations, store
from bot.answers.deeds import DEEDS, Macro
from bot.answers.differences import differences
from bot.answers.operations import Content
from bot.answers.rules import LONGEST_BODY, LONGEST_TITLE, Answer, Kind, Words, may_edit
from bot.answers.store import Entry
from bot.answers.variables import OPEN, SHUT, VARIABLES, fill
from bot.errors import Conflict, DomainError, Forbidden, Invalid
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.tickets.rules import Priority, Subject
from bot.web.agent.canned_forms import content_in, fields_of, first, number
from bot.web.agent.session import see_other, signed_in
from bot.web.exchange import status_of
from bot.web.rate import Limiter
from bot.web.rendering import Renderer
from bot.web.visitors import language_of
from bot.words.folding import fold

PAGES = {Kind.ANSWER: "answers", Kind.MACRO: "macros"}
NEW = "new"
NUMBER = r"[0-9]{1,9}"
FIELDS = {
    **{
        f"{part}.{tongue}": f"answers_{part}_{tongue}"
        for part in ("title", "body")
        for tongue in ("fr", "en")
    },
    **{part: f"answers_{part}" for part in ("team", "subjects", "services")},
    **{f"deeds.{deed}": f"answers_does_{deed}" for deed in DEEDS},
}
"""What the history calls the parts of an entry: the keys of the words."""


@dataclass(frozen=True)
class Written:
    """What a form holds: `entry` is None for a new one; `base`: the version it began from."""

    entry: Entry | None
    content: Content
    base: int
    code: str = ""
    commune: str = ""


class CannedPages:
    def __init__(self, service: Service, pages: Renderer, kind: Kind) -> None:
        self._service = service
        self._pages = pages
        self._kind = kind
        self._home = f"/agent/settings/{PAGES[kind]}"
        self._limiter = Limiter(per_minute=60, burst=30)

    def routes(self) -> Iterable[web.RouteDef]:
        one = f"{self._home}/{{entry:{NEW}|{NUMBER}}}"
        return [
            web.get(self._home, signed_in(self._service, self.show_all)),
            web.get(one, signed_in(self._service, self.show_one)),
            web.post(one, signed_in(self._service, self.write)),
        ]

    async def show_all(self, request: web.Request, agent: Agent) -> web.Response:
        asked = request.query.get("q", "")[:100].replace("\x00", "")
        async with self._service.database.transaction() as tx:
            entries = await store.listed(tx, agent, self._kind)
        language = language_of(request)
        rows = [self._row(entry, language) for entry in entries]
        wanted = fold(asked)
        return self._pages.page(
            "agent_canned_list.html",
            request,
            agent=agent,
            kind=self._kind.value,
            home=self._home,
            asked=asked,
            rows=[row for row in rows if wanted in row["searched"]],
            may_add=self._towns(agent) != {},
        )

    async def show_one(self, request: web.Request, agent: Agent) -> web.Response:
        name = request.match_info["entry"]
        async with self._service.database.transaction() as tx:
            if name == NEW:
                written = await self._blank(tx, request, agent)
            else:
                entry = await store.one(tx, agent, self._kind, int(name))
                content = operations.content_of(self._kind, entry.content)
                written = Written(entry, content, entry.version)
            return await self._form(tx, request, agent, written)

    async def _blank(self, tx: Transaction, request: web.Request, agent: Agent) -> Written:
        """A new one; `from`: the number of another that it begins with, to be adapted to a town."""
        model = request.query.get("from", "")
        if re.fullmatch(NUMBER, model):
            entry = await store.one(tx, agent, self._kind, int(model))
            content = operations.content_of(self._kind, entry.content)
            return Written(None, content, 0, entry.code)
        is_answer = self._kind is Kind.ANSWER
        return Written(None, Answer(Words(""), Words("")) if is_answer else Macro(Words("")), 0)

    async def write(self, request: web.Request, agent: Agent) -> web.Response:
        """Save, preview, retire, or restore a version, as its button says."""
        self._limiter.take(str(agent.id))
        fields = await fields_of(request)
        name, deed = request.match_info["entry"], first(fields, "deed") or "save"
        async with self._service.database.transaction() as tx:
            entry = None if name == NEW else await store.one(tx, agent, self._kind, int(name))
        content = content_in(self._kind, fields)
        refused: DomainError | None = None
        if deed != "preview":
            try:
                number_of = await self._do(agent, entry, deed, content, fields)
                url = URL(f"{self._home}/{number_of}").with_query(done=deed)
                return see_other(request, url)
            except (Invalid, Conflict) as error:
                self._service.metrics.refused(error.code)
                refused = error
                if entry is not None and deed in ("retire", "restore"):
                    content = operations.content_of(self._kind, entry.content)
        said = first(fields, "version") or ""
        written = Written(
            entry,
            content,
            int(said) if said.isascii() and said.isdecimal() and len(said) < 8 else 0,
            first(fields, "code") or "",
            first(fields, "commune") or "",
        )
        async with self._service.database.transaction() as tx:
            return await self._form(tx, request, agent, written, refused)

    async def _do(
        self,
        agent: Agent,
        entry: Entry | None,
        deed: str,
        content: Content,
        fields: dict[str, list[str]],
    ) -> int:
        """Returns the number of the entry."""
        now, catalogue = utc_now(), self._service.catalogue
        async with self._service.database.transaction() as tx:
            if entry is None:
                town, towns = first(fields, "commune"), self._towns(agent)
                if not towns:
                    raise Forbidden("canned")
                if town is not None and town not in towns:
                    raise Invalid("commune", "unknown", reason="unknown")
                code = first(fields, "code") or ""
                return await operations.create(tx, agent, code, town, content, catalogue, now)
            which = (tx, agent, self._kind, entry.id)
            base = number(fields, "version")
            match deed:
                case "restore":
                    await operations.restore(*which, base, catalogue, now)
                case "retire":
                    await operations.retire(*which, base, now)
                case "save":
                    await operations.save(tx, agent, entry.id, base, content, catalogue, now)
                case _:
                    raise Invalid("deed", "unknown")
        return entry.id

    async def _form(
        self,
        tx: Transaction,
        request: web.Request,
        agent: Agent,
        written: Written,
        refused: DomainError | None = None,
    ) -> web.Response:
        language, entry = language_of(request), written.entry
        catalogue = self._service.catalogue
        answers = await store.usable(tx, Kind.ANSWER, entry.commune if entry else None)
        history = [] if entry is None else await self._history(tx, entry, language)
        towns = self._towns(agent)
        done = request.query.get("done", "")
        return self._pages.page(
            "agent_canned_form.html",
            request,
            status=200 if refused is None else status_of(refused),
            agent=agent,
            kind=self._kind.value,
            home=self._home,
            written=written,
            entry=entry,
            town=self._town(entry.commune, language) if entry else "",
            content=written.content,
            edits=may_edit(agent, entry.commune) if entry else bool(towns),
            adapts=entry is not None and entry.commune is None and bool(towns),
            field_words=FIELDS,
            towns=towns,
            for_all=may_edit(agent, None),
            teams={code: team.label.in_(language) for code, team in catalogue.teams.items()},
            services={
                code: one.short_label.in_(language) for code, one in catalogue.services.items()
            },
            subjects=[subject.value for subject in Subject],
            priorities=[priority.value for priority in Priority],
            answers={one.code: Words(**one.content["title"]).in_(language) for one in answers},
            variables=VARIABLES,
            longest_title=LONGEST_TITLE,
            longest_body=LONGEST_BODY,
            preview=self._preview(written.content),
            history=history,
            refused=_refusal(refused),
            wrong=refused.field if isinstance(refused, Invalid) else "",
            done=done if done in ("save", "retire", "restore") else "",
        )

    def _preview(self, content: Content) -> dict[str, list[tuple[str, bool]]]:
        """Language → pieces of the words on a sample ticket; True for what is a blank."""
        words = content.body if isinstance(content, Answer) else Words(content.note)
        return {
            language: _pieces(fill(said, offering.SAMPLE[language]).text)
            for language, said in (("fr", words.fr), ("en", words.en or ""))
            if said
        }

    async def _history(self, tx: Transaction, entry: Entry, language: str) -> list[dict[str, Any]]:
        kept = await store.versions(tx, entry.id)
        before = [dict(row["content"]) for row in kept[1:]]
        olds: list[dict[str, Any] | None] = [*before, None]
        return [
            {
                "version": row["version"],
                "at": self._pages.moment(row["at"], language),
                "author": row["author"],
                "is_retired": row["is_retired"],
                "differences": [] if old is None else differences(old, row["content"]),
                "is_last": row["version"] == entry.version,
            }
            for row, old in zip(kept, olds, strict=True)
        ]

    def _row(self, entry: Entry, language: str) -> dict[str, Any]:
        content = operations.content_of(self._kind, entry.content)
        title = content.title.in_(language)
        said = [entry.code, title, content.title.fr]
        if isinstance(content, Answer):
            said += [content.body.fr, content.body.en or ""]
        return {
            "id": entry.id,
            "title": title,
            "code": entry.code,
            "town": self._town(entry.commune, language),
            "team": self._service.counter.team(content.team).label.in_(language)
            if content.team
            else "",
            "is_retired": entry.is_retired,
            "uses": entry.uses,
            "searched": fold(" ".join(said)),
        }

    def _town(self, insee: str | None, language: str) -> str:
        return self._service.counter.town(insee) or self._pages.word_in(language)(
            "answers_everywhere"
        )

    def _towns(self, agent: Agent) -> dict[str, str]:
        """INSEE code → name of the towns that an agent edits for."""
        if agent.role not in (Role.COMMUNE_ADMINISTRATOR, Role.METROPOLIS_ADMINISTRATOR):
            return {}
        gazetteer = self._service.gazetteer
        return {town.insee: town.name for town in gazetteer.communes if may_edit(agent, town.insee)}


def _pieces(text: str) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    for part in text.replace(SHUT, OPEN).split(OPEN):
        pieces.append((part, len(pieces) % 2 == 1))
    return pieces


REASONS = frozenset({"empty", "too_long", "variable", "unknown", "taken", "code", "both"})


def _refusal(error: DomainError | None) -> str:
    """The key of what is said."""
    if error is None:
        return ""
    if isinstance(error, Conflict):
        return "answers_wrong_changed"
    return f"answers_wrong_{error.reason if error.reason in REASONS else 'other'}"
