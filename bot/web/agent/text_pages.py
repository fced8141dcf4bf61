"""The settings of what the assistant says: the list of its sentences, and one with its versions.
They need no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web
from yarl import URL

from bot.accounts.rules import Agent
from bot.answers.differences import differences
from bot.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.texts import operations, store
from bot.texts.rules import LONGEST_KEY, Text, Unfit, edits, is_familiar, longest, values_of
from bot.texts.store import Version
from bot.web.agent.canned_forms import fields_of, first, number
from bot.web.agent.session import see_other, signed_in
from bot.web.agent.texts_shown import Shown, flat, previewed
from bot.web.exchange import status_of
from bot.web.rate import Limiter
from bot.web.rendering import Renderer
from bot.web.visitors import language_of
from bot.words.folding import fold

TEXTS = "/agent/settings/texts"
KEY = rf"[a-z0-9_.]{{1,{LONGEST_KEY}}}"
LONGEST_SEARCH = 100
UNDONE_WITHIN = timedelta(minutes=1)
"""How long the page offers to take back what was just saved; the history does at any time."""


class TextDoors:
    def __init__(self, service: Service, pages: Renderer) -> None:
        self._service = service
        self._pages = pages
        self._limiter = Limiter(per_minute=60, burst=30)

    def routes(self) -> Iterable[web.RouteDef]:
        one = f"{TEXTS}/{{key:{KEY}}}"
        return [
            web.get(TEXTS, signed_in(self._service, self.show_all)),
            web.get(one, signed_in(self._service, self.show_one)),
            web.post(one, signed_in(self._service, self.write)),
        ]

    async def show_all(self, request: web.Request, agent: Agent) -> web.Response:
        asked = request.query.get("q", "")[:LONGEST_SEARCH].replace("\x00", "")
        only_changed, language = "changed" in request.query, language_of(request)
        commune = self._commune(request, agent)
        async with self._service.database.transaction() as tx:
            shown = Shown(self._service.texts, await store.standing(tx, agent), commune)
        rows = shown.families(language, fold(asked), only_changed=only_changed)
        return self._pages.page(
            "agent_texts.html",
            request,
            agent=agent,
            home=TEXTS,
            asked=asked,
            only_changed=only_changed,
            commune=commune or "",
            towns=self._towns(agent),
            for_all=edits(agent, None),
            families=rows,
            found=sum(len(one) for one in rows.values()),
            changed=shown.changed,
            unfit=shown.unfit,
            town_of=self._town,
        )

    async def show_one(self, request: web.Request, agent: Agent) -> web.Response:
        async with self._service.database.transaction() as tx:
            return await self._form(tx, request, agent)

    async def write(self, request: web.Request, agent: Agent) -> web.Response:
        """Save, preview, or go back to a version, as its button says."""
        self._limiter.take(str(agent.id))
        commune, key = self._commune(request, agent), request.match_info["key"]
        original = self._service.texts.sentences.original(key)
        fields = await fields_of(request)
        deed, written = first(fields, "deed") or "save", _text_in(fields, original)
        refused: DomainError | None = None
        if deed != "preview":
            try:
                await self._do(agent, key, commune, deed, written, fields)
            except (Invalid, Conflict) as error:
                self._service.metrics.refused(error.code)
                refused = error
            else:
                await self._service.texts.read(self._service.database)
                url = URL(f"{TEXTS}/{key}").with_query(commune=commune or "", done=deed)
                return see_other(request, url)
        base = _base(fields)
        kept = written if deed in ("save", "preview") else None
        async with self._service.database.transaction() as tx:
            return await self._form(tx, request, agent, kept, base, refused)

    async def _do(
        self,
        agent: Agent,
        key: str,
        commune: str | None,
        deed: str,
        written: Text,
        fields: dict[str, list[str]],
    ) -> None:
        now, sentences = utc_now(), self._service.texts.sentences
        which = (agent, key, commune, number(fields, "base"))
        async with self._service.database.transaction() as tx:
            match deed:
                case "save":
                    await operations.save(tx, *which, written, sentences, now)
                case "restore":
                    version = number(fields, "version")
                    await operations.restore(tx, *which, version, sentences, now)
                case _:
                    raise Invalid("deed", "unknown")

    async def _form(
        self,
        tx: Transaction,
        request: web.Request,
        agent: Agent,
        written: Text | None = None,
        base: int | None = None,
        refused: DomainError | None = None,
    ) -> web.Response:
        """`written`: what was typed, kept whatever became of it; `base`: what it began from."""
        commune, key = self._commune(request, agent), request.match_info["key"]
        texts, language = self._service.texts, language_of(request)
        original = texts.sentences.original(key)
        shown = Shown(texts, await store.standing(tx, agent), commune)
        versions = await store.history(tx, agent, key, commune)
        last = versions[0] if versions else None
        held = shown.text(key)
        # After a conflict the other's text is on screen: saving again is done knowingly.
        is_stale = isinstance(refused, Conflict) or base is None
        is_unfit = shown.is_unfit(key)
        said = written or (last.text if last and is_unfit else None) or held
        done = request.query.get("done", "")
        return self._pages.page(
            "agent_text.html",
            request,
            status=200 if refused is None else status_of(refused),
            agent=agent,
            home=TEXTS,
            key=key,
            commune=commune or "",
            town=self._town(commune, language),
            towns=self._towns(agent),
            for_all=edits(agent, None),
            family=shown.family(key),
            source=shown.source(key),
            original=original,
            held=held,
            said=said,
            base=(last.version if last else 0) if is_stale else base,
            is_own=last is not None and last.text is not None,
            is_unfit=is_unfit,
            is_familiar=is_familiar(said),
            # A plural form may name what another leaves out.
            values=sorted({value for form in original.fr for value in values_of(form)}),
            longest={"fr": longest(original.fr), "en": longest(original.en or original.fr)},
            previews=previewed(said, original, self._pages),
            others=[self._town(one, language) for one in shown.other_towns(key)],
            history=self._history(versions, original, language),
            undone=self._undone(versions, agent) if written is None and not refused else None,
            refused=_refusal(refused),
            named=refused.named if isinstance(refused, Unfit) else (),
            wrong=refused.field if isinstance(refused, Invalid) else "",
            is_conflict=isinstance(refused, Conflict),
            done=done if done in ("save", "restore") else "",
        )

    def _undone(self, versions: list[Version], agent: Agent) -> int | None:
        """The version to go back to for what this agent has just saved."""
        if not versions:
            return None
        last = versions[0]
        is_fresh = utc_now() - last.at < UNDONE_WITHIN
        return last.version - 1 if last.agent_id == agent.id and is_fresh else None

    def _history(
        self, versions: list[Version], original: Text, language: str
    ) -> list[dict[str, Any]]:
        before = [*versions[1:], None][: len(versions)]
        return [
            {
                "version": one.version,
                "at": self._pages.moment(one.at, language),
                "author": one.author,
                "is_own": one.text is not None,
                "restored": one.restored,
                "is_last": one is versions[0],
                "differences": differences(
                    flat(old.text if old else None, original), flat(one.text, original)
                ),
            }
            for one, old in zip(versions, before, strict=True)
        ]

    def _commune(self, request: web.Request, agent: Agent) -> str | None:
        """The town that is asked for, None for all; without any, the first that is theirs to edit.
        Raises `Forbidden`, `NotFound`."""
        if not agent.audits:
            raise Forbidden("texts")
        towns = self._towns(agent)
        asked = request.query.get("commune")
        if asked is None:
            return None if edits(agent, None) else next(iter(towns), None)
        if asked == "" and edits(agent, None):
            return None
        if asked not in towns:
            raise NotFound("town")
        return asked

    def _towns(self, agent: Agent) -> Mapping[str, str]:
        """INSEE code → name of the towns that an agent edits for, by name."""
        towns = sorted(self._service.gazetteer.communes, key=lambda town: fold(town.name))
        return {town.insee: town.name for town in towns if edits(agent, town.insee)}

    def _town(self, insee: str | None, language: str) -> str:
        word = self._pages.word_in(language)
        return self._service.counter.town(insee) or word("texts_everywhere")


def _text_in(fields: dict[str, list[str]], original: Text) -> Text:
    """As it was written, not checked yet. Of no English, the catalogue's holds."""
    fr = tuple(first(fields, f"fr{n}") or "" for n in range(len(original.fr)))
    en = tuple(first(fields, f"en{n}") or "" for n in range(len(original.en or ())))
    return Text(fr, en if any(en) else None)


def _base(fields: dict[str, list[str]]) -> int:
    try:
        return number(fields, "base")
    except Invalid:
        return 0


REASONS = frozenset(
    {"empty", "too_long", "braces", "unknown", "lost", "fact", "odd"},
)


def _refusal(error: DomainError | None) -> str:
    """The key of what is said."""
    if error is None:
        return ""
    if isinstance(error, Conflict):
        return "texts_wrong_changed"
    return f"texts_wrong_{error.reason if error.reason in REASONS else 'other'}"
