"""The doors of Open311 (GeoReport v2): services, requests, discovery; in XML, or JSON if asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from aiohttp import web
from yarl import URL

from bot.errors import DomainError, Forbidden, NotFound
from bot.open311 import documents, operations, parameters
from bot.open311.documents import Document
from bot.open311.formats import as_json, as_xml
from bot.open311.parameters import Parameters, commune_asked
from bot.open311.rules import (
    NO,
    YES,
    BadParameter,
    Filters,
    Key,
    Posted,
    Problem,
    codes_offered,
    offered_services,
)
from bot.open_data.rules import Published
from bot.parts import Service
from bot.places.outlines import UNKNOWN, Lies
from bot.service_requests.rules import Status
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.web.address import client_address
from bot.web.exchange import STATUSES, public_url
from bot.web.rate import AddressLimiter, Limiter, TooMany
from bot.words.phrases import Phrase, say

BASE = "/open311/v2"
ENDING = r"{ending:(?:\.(?:json|xml))?}"
CODE = "{code:[^/.]+}"
REPEAT = "Idempotency-Key"
FROM_ANYWHERE = {"Access-Control-Allow-Origin": "*"}
"""Pages of other sites may read: nothing here depends on a cookie, and `*` sends none."""
PUBLIC_STATES = {
    Status.WITHDRAWN: say("georeport.state_withdrawn"),
    Status.WAITING_CITIZEN: say("georeport.state_waiting_citizen"),
}
"""The states whose own words speak to the citizen who filed."""


@dataclass(frozen=True)
class Asked:
    """What a client asks: the query, and for a post the form too."""

    request: web.Request
    language: str
    parameters: Parameters
    commune: str | None

    @property
    def code(self) -> str:
        return self.request.match_info["code"]


Answer = Callable[[Asked], Awaitable[Document]]


class Open311Doors:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._communes = {commune.insee: commune for commune in service.gazetteer.communes}
        self._published = Published.of(service.catalogue)
        self._codes = codes_offered(service.catalogue)
        self._trusted = service.settings.trusted_proxies
        self._readers = AddressLimiter(per_minute=600, burst=120)
        self._posters = Limiter(per_minute=60, burst=30)

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(f"{BASE}/discovery{ENDING}", self._door(self.discovery)),
            web.get(f"{BASE}/services{ENDING}", self._door(self.services)),
            web.get(f"{BASE}/services/{CODE}{ENDING}", self._door(self.definition)),
            web.get(f"{BASE}/requests{ENDING}", self._door(self.requests)),
            web.post(f"{BASE}/requests{ENDING}", self._door(self.post, status=201)),
            web.get(f"{BASE}/requests/{CODE}{ENDING}", self._door(self.request)),
            web.options(f"{BASE}/{{rest:.*}}", self.preflight),
            web.route("*", f"{BASE}/{{rest:.*}}", self._door(self.nothing)),
        ]

    # -- each question ------------------------------------------------------------------------

    async def discovery(self, asked: Asked) -> Document:
        url = f"{self._site(asked)}{BASE}"
        return documents.discovery(self._service.open311, url, asked.language)

    def _site(self, asked: Asked) -> str:
        """Where this service is: what was set, else what the one who asks calls it."""
        if self._service.settings.public_url is not None:
            return str(URL(self._service.settings.public_url).origin())
        scheme = "https" if self._service.settings.secure_cookies else asked.request.scheme
        return f"{scheme}://{asked.request.host}"

    async def services(self, asked: Asked) -> Document:
        offered = offered_services(self._service.catalogue, asked.commune)
        return documents.service_list(offered, asked.language)

    async def definition(self, asked: Asked) -> Document:
        found = operations.service_of(self._service.catalogue, asked.code, asked.commune)
        words, language = self._service.words, asked.language
        yes_no = {YES: words.render(say("word.yes"), language)}
        yes_no[NO] = words.render(say("word.no"), language)
        return documents.definition(found, yes_no, language)

    async def requests(self, asked: Asked) -> Document:
        wanted = parameters.filters(asked.parameters, asked.commune, self._codes, utc_now())
        return await self._listed(asked, wanted)

    async def request(self, asked: Asked) -> Document:
        if not parameters.is_reference(asked.code):
            raise NotFound("request")
        found = await self._listed(asked, Filters(asked.commune, references=(asked.code,)))
        if not found.content:
            raise NotFound("request")
        return found

    async def post(self, asked: Asked) -> Document:
        service = self._service
        now = utc_now()
        async with service.database.transaction() as tx:
            key = await operations.key_of(tx, asked.parameters.one("api_key"))
        self._posters.take(str(key.id))
        repeatable = Parameters([(REPEAT, asked.request.headers.get(REPEAT, ""))])
        posted = parameters.posted(asked.parameters, repeatable.one(REPEAT))
        checked = operations.check(
            posted,
            key,
            asked.commune,
            service.catalogue,
            service.gazetteer,
            now,
            dangerous=service.desk.signals.is_dangerous(posted.description),
            lies=await self._lies(posted),
        )
        async with service.database.transaction() as tx:
            reference = await operations.post(tx, key, checked, service.mailer, asked.language, now)
        return documents.accepted(reference, checked.service.next_steps.in_(asked.language))

    async def _lies(self, posted: Posted) -> Lies:
        if posted.latitude is None or posted.longitude is None:
            return UNKNOWN
        return await self._service.outlines.at(posted.latitude, posted.longitude)

    async def nothing(self, _: Asked) -> Document:
        raise NotFound("page")

    async def preflight(self, _: web.Request) -> web.Response:
        """What a page of another site may do here."""
        return web.Response(
            status=204,
            headers={
                **FROM_ANYWHERE,
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": f"Content-Type, {REPEAT}",
                "Access-Control-Max-Age": "86400",
            },
        )

    # -- around them --------------------------------------------------------------------------

    async def _listed(self, asked: Asked, wanted: Filters) -> Document:
        async with self._service.database.transaction() as tx:
            key = await self._reader(tx, asked)
            found = await operations.requests(tx, self._published, key, wanted)
        notes = {
            status: self._service.words.render(
                PUBLIC_STATES.get(status, say(f"state.{status}")), asked.language
            )
            for status in Status
        }
        site = self._site(asked)
        return documents.request_list(
            found,
            self._service.catalogue,
            self._communes,
            notes,
            lambda photo: f"{site}{public_url(photo)}",
            asked.language,
        )

    async def _reader(self, tx: Transaction, asked: Asked) -> Key | None:
        """The key of whoever reads, when they show one: reading needs none."""
        secret = asked.parameters.one("api_key")
        if secret is None:
            return None
        key = await operations.key_of(tx, secret)
        self._readers.take(str(key.id))
        return key

    def _door(
        self, answer: Answer, status: int = 200
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def open_(request: web.Request) -> web.Response:
            language = _language(request, None)
            try:
                self._readers.take(client_address(request, self._trusted))
                given = Parameters([*request.query.items(), *await _form(request)])
                language = _language(request, given)
                commune = commune_asked(given, self._service.open311, self._communes)
                document = await answer(Asked(request, language, given, commune))
            except DomainError as error:
                self._service.metrics.refused(error.code)
                code = STATUSES.get(type(error), 400)
                said = self._service.words.render(refusal_line(error), language)
                return _response(request, documents.refusal(code, said), code, language)
            return _response(request, document, status, language)

        return open_


def refusal_line(error: DomainError) -> Phrase:
    """What a refusal says."""
    match error:
        case BadParameter():
            return say(f"georeport.{error.problem}", field=error.field)
        case NotFound():
            return say(f"georeport.unknown_{error.what}")
        case Forbidden():
            return say(f"georeport.forbidden_{error}")
        case TooMany():
            return say("georeport.too_many")
        case _:
            return say("georeport.failed")


def _language(request: web.Request, given: Parameters | None) -> str:
    asked = given.one("locale") if given else request.query.get("locale")
    wanted = asked or request.headers.get("Accept-Language") or ""
    return "en" if wanted.lower().startswith("en") else "fr"


async def _form(request: web.Request) -> list[tuple[str, str]]:
    if request.method != "POST":
        return []
    try:
        form = await request.post()
    except (ValueError, LookupError) as error:  # bytes or a charset that cannot be read
        raise BadParameter("body", Problem.BAD) from error
    except web.HTTPRequestEntityTooLarge as error:
        raise BadParameter("body", Problem.TOO_LONG) from error
    pairs: list[tuple[str, str]] = []
    for name, value in form.items():
        if not isinstance(value, str):  # a picture sent along is not lost without a word
            raise BadParameter(name, Problem.FILE)
        pairs.append((name, value))
    return pairs


def _response(request: web.Request, document: Document, status: int, language: str) -> web.Response:
    is_json = request.match_info.get("ending") == ".json" or request.path.endswith(".json")
    body, kind = (
        (as_json(document), "application/json") if is_json else (as_xml(document), "text/xml")
    )
    return web.Response(
        body=body,
        status=status,
        content_type=kind,
        charset="utf-8",
        headers={**FROM_ANYWHERE, "Content-Language": language, "Vary": "Accept-Language"},
    )
