"""Wires every part together; the only file that knows them all."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import DBAPIError

from actions.desk import Desk
from bot.accounts.outside_sign_in import OutsideSignIn
from bot.accounts.own_account import OwnAccount
from bot.accounts.passwords import Passwords
from bot.accounts.resealing import reseal
from bot.accounts.sign_in import SignIn
from bot.answers import operations as answers
from bot.answers.files import load_canned
from bot.attachments.keeping import AttachmentFiles
from bot.automations.running import Runner
from bot.channels.telegram import store as telegram_chats
from bot.channels.telegram.sending import store as telegram_deliveries
from bot.channels.telegram.webhook import ShutTelegram
from bot.conversations import commit, rules, store
from bot.conversations.live import Live
from bot.conversations.signals import Signals
from bot.conversations.worker import OnStep, OpenTurns, TurnWorker
from bot.engine.model import ensure_model
from bot.engine.process import EngineProcess
from bot.errors import DomainError, Unavailable
from bot.files import store as files
from bot.files.links import Links
from bot.files.opening import file_store, scanner
from bot.forwarding.files import load_systems
from bot.forwarding.rules import System
from bot.forwarding.worker import Forwarder
from bot.handover.assigning_again import Assigner
from bot.handover.counter import Counter
from bot.handover.minding import Minder
from bot.handover.relieving import Reliever
from bot.information import operations as information
from bot.information.files import load_articles
from bot.information.rules import Article
from bot.information.store import holds_vectors
from bot.mail import store as letters
from bot.mail.letters import mailer_of
from bot.mail.sending import Sender
from bot.mail.smtp import SmtpPost
from bot.mailbox import store as arrived_mail
from bot.mirroring import store as mirrors
from bot.mirroring.operations import Mirroring
from bot.mirroring.worker import Mirror
from bot.notifications.telling import Teller
from bot.observability.metrics import Metrics
from bot.oidc.provider import Provider
from bot.open311.files import load_identity
from bot.parts import Service
from bot.places.address_api import AddressApi
from bot.places.communes import Gazetteer, load_gazetteer
from bot.places.geocoder import Geocoder, NoGeocoder
from bot.places.guarded_geocoder import GuardedGeocoder
from bot.places.outlines import ImportedOutlines
from bot.retention.sweeping import Stored, keep_sweeping
from bot.service_requests.locating import Locator
from bot.service_requests.photos import PhotoFiles
from bot.service_requests.placing import Placer
from bot.service_requests.reading import FormReader
from bot.services.catalogue_files import load_catalogue
from bot.services.matcher import ServiceMatcher
from bot.services.outsiders import load_outsiders
from bot.services.rules import Catalogue
from bot.services.working_days import holidays_of
from bot.settings import Settings
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.supervision.keeping import Phase, Report
from bot.supervision.leftovers import clean_leftovers
from bot.teams.current import CurrentCatalogue
from bot.texts.current import CurrentTexts
from bot.tickets.backends.asking import new_session
from bot.tickets.backends.files import load_backend
from bot.tickets.backends.mapping import Kind, Outside
from bot.tickets.backends.port import TicketBackend
from bot.tickets.backends.redmine import Redmine
from bot.tickets.backends.roundup import Roundup
from bot.web.agent.session import RETURN, SIGN_IN
from bot.words.catalogues import Words

if TYPE_CHECKING:
    from bot.channels.email.channel import Email
    from bot.channels.telegram.channel import Telegram

logger = logging.getLogger(__name__)
ARTICLES_AGAIN_S = 10.0


@dataclass(frozen=True)
class Content:
    """What the content files say, as far as it is loaded once."""

    catalogue: Catalogue
    articles: tuple[Article, ...]
    systems: Mapping[str, System]
    outside: Outside
    canned: tuple[answers.Shipped, ...]


EngineOf = Callable[[Settings, Path, Path, str], EngineProcess]


@asynccontextmanager
async def bring_up(
    settings: Settings, *, engine_of: EngineOf = EngineProcess, on_step: OnStep | None = None
) -> AsyncIterator[Service]:
    """The whole service without its doors: database first, so that messages wait safely, then
    the engine in the background. Everything ends with the context.

    `engine_of` makes the engine's process; `on_step` observes the steps of turns. Raises
    `ServerFailed` or `CatalogueError` in plain words.
    """
    for folder in ("run", "logs", "files"):
        (settings.state / folder).mkdir(parents=True, exist_ok=True)
    clean_leftovers(settings.run)
    catalogue = load_catalogue(settings.catalogue)
    articles = load_articles(settings.catalogue)
    systems = load_systems(settings.catalogue, catalogue)
    outside = load_backend(settings.catalogue, catalogue)
    at_hand = load_canned(settings.catalogue, catalogue)
    private = None if settings.database_url else PrivatePostgres(settings.state)
    url = settings.database_url or (await private.start() if private else "")
    try:
        await migrate(url)
        content = Content(catalogue, articles, systems, outside, at_hand)
        async with _running(settings, url, content, private) as service:
            thinking = asyncio.create_task(_think(service, engine_of, on_step))
            try:
                yield service
            finally:
                thinking.cancel()
                await asyncio.gather(thinking, return_exceptions=True)
    finally:
        if private is not None:
            await private.stop()


@asynccontextmanager
async def _running(
    settings: Settings,
    url: str,
    content: Content,
    private: PrivatePostgres | None,
) -> AsyncIterator[Service]:
    database = Database(url)
    if private is not None and not private.is_adopted:
        await _release_all(database)
    async with database.transaction() as tx:
        await information.load(tx, content.articles)
        await answers.load(tx, content.canned, utc_now())
        has_vectors = await holds_vectors(tx)
        secret = settings.secret or await files.signing_secret(tx, utc_now())
        await reseal(tx, SignIn(database, Passwords(), secret, settings.secret_before).seals)
    session = aiohttp.ClientSession()  # for the outside services that are asked
    asking = new_session()  # for the outside backend of tickets
    proving = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())  # the agents' provider
    service = assemble(settings, database, url, content.catalogue, secret, session)
    await service.current.read(database)
    await service.texts.read(database)
    service.mirror = mirror_of(service, content.outside, asking)
    service.outside_sign_in = outside_sign_in_of(service, proving)
    telegram = telegram_of(service)
    service.channels["telegram"] = telegram
    email = email_of(service)
    teller = Teller(
        database,
        service.catalogue,
        service.gazetteer,
        service.desk.outsiders,
        service.words,
        utc_now,
        service.desk.mailer,
    )
    tasks = [
        asyncio.create_task(service.live.run()),
        asyncio.create_task(_mind_absence(service)),
        asyncio.create_task(_measure_articles(service, has_vectors)),
        asyncio.create_task(
            keep_sweeping(database, Stored(service.photos, service.attachments), utc_now)
        ),
        asyncio.create_task(teller.run()),
        asyncio.create_task(_forwarder(service, content.systems).run()),
        asyncio.create_task(Minder(database, service.counter, utc_now).run()),
        asyncio.create_task(Reliever(database, service.counter, utc_now).run()),
        asyncio.create_task(Assigner(database, service.counter, utc_now).run()),
        asyncio.create_task(Runner(database, service.counter, utc_now).run()),
        asyncio.create_task(service.current.keep(database, service.live.settings_changed())),
        asyncio.create_task(service.texts.keep(database, service.live.settings_changed())),
        # The calendar's library takes most of a second to import: not in a citizen's turn.
        asyncio.create_task(asyncio.to_thread(holidays_of, utc_now().year)),
    ]
    if settings.mail is not None:
        sender = Sender(database, SmtpPost(settings.mail, pictures=service.photos), utc_now)
        tasks.append(asyncio.create_task(sender.run()))
    if service.outside_sign_in is not None:
        tasks.append(asyncio.create_task(service.outside_sign_in.provider.run()))
    if service.mirror is not None:
        tasks.append(asyncio.create_task(service.mirror.run()))
    tasks.append(asyncio.create_task(telegram.run()))
    if email is not None:
        service.channels["email"] = email
        tasks.append(asyncio.create_task(email.run()))
    if private is not None:
        tasks.append(asyncio.create_task(private.keep()))
    try:
        yield service
    finally:
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await service.matcher.stop()
        await session.close()
        await asking.close()
        await proving.close()
        await database.close()


async def _release_all(database: Database) -> None:
    """Whoever held them is gone: see the stores."""
    async with database.transaction() as tx:
        await store.release_all_leases(tx)
        await letters.release_all(tx, utc_now())
        await arrived_mail.release_all(tx, utc_now())
        await mirrors.release_all(tx)
        await telegram_chats.release_all(tx)
        await telegram_deliveries.release_all(tx)


def assemble(
    settings: Settings,
    database: Database,
    url: str,
    catalogue: Catalogue,
    secret: str,
    session: aiohttp.ClientSession | None = None,
) -> Service:
    """Every part of a service on a database that is ready; none of them started. `secret` signs
    its links and what the pages of a sign-in carry. Without a `session`, no outside service is
    asked."""
    current = CurrentCatalogue(catalogue)
    catalogue = current.catalogue
    gazetteer = load_gazetteer(settings.catalogue / "places" / "communes.yml")
    signals = Signals.load(settings.catalogue / "signals.yml")
    outsiders = load_outsiders(settings.catalogue)
    matcher = ServiceMatcher(catalogue, settings.state / "cache")
    search = information.ArticleSearch(database, matcher)
    communes = frozenset(commune.insee for commune in gazetteer.communes)
    outlines = ImportedOutlines(database, communes)
    locator = Locator(geocoder_of(settings, session, gazetteer), outlines, gazetteer)
    reader = FormReader(catalogue, gazetteer, matcher, signals, locator)
    texts = CurrentTexts(Words.load())
    words = texts.words
    stored, antivirus = file_store(settings.files, settings.bucket), scanner(settings.clamd)
    mailer = mailer_of(settings, words)
    passwords = Passwords()
    sign_in = SignIn(database, passwords, secret, settings.secret_before)
    service = Service(
        settings=settings,
        database=database,
        catalogue=catalogue,
        current=current,
        texts=texts,
        gazetteer=gazetteer,
        outlines=outlines,
        placer=Placer(locator, outlines, gazetteer),
        matcher=matcher,
        words=words,
        photos=PhotoFiles(stored, antivirus),
        attachments=AttachmentFiles(stored, antivirus),
        links=Links(secret),
        desk=Desk(
            catalogue, gazetteer, matcher, reader, signals, search, database, outsiders, mailer
        ),
        open_turns=OpenTurns(),
        live=Live(url, lambda: service.worker.wake() if service.worker else None),
        metrics=Metrics(CollectorRegistry()),
        open311=load_identity(settings.catalogue),
        counter=Counter(words, catalogue, gazetteer, mailer),
        sign_in=sign_in,
        own_account=OwnAccount(database, passwords, sign_in, secret),
        internal_socket=settings.sockets() / f"internal-{secrets.token_hex(4)}.sock",
        internal_secret=secrets.token_urlsafe(32),
        secret=secret,
        mailer=mailer,
    )
    return service


def geocoder_of(
    settings: Settings, session: aiohttp.ClientSession | None, gazetteer: Gazetteer
) -> Geocoder:
    """The address service of the settings, guarded; the one that finds nothing without one."""
    if settings.geocoder_url is None or session is None:
        return NoGeocoder()
    return GuardedGeocoder(AddressApi(session, settings.geocoder_url, gazetteer))


def outside_sign_in_of(service: Service, session: aiohttp.ClientSession) -> OutsideSignIn | None:
    """Signing in with the agents' provider; None where none is set."""
    settings = service.settings
    if settings.agents_oidc is None or settings.public_url is None:
        return None
    site = settings.public_url.rstrip("/")
    return OutsideSignIn(
        service.database,
        Provider(settings.agents_oidc, session, utc_now),
        service.sign_in,
        service.secret,
        f"{site}{RETURN}",
        f"{site}{SIGN_IN}",
    )


def _forwarder(service: Service, systems: Mapping[str, System]) -> Forwarder:
    return Forwarder(
        service.database,
        systems,
        service.settings.forwarding_keys,
        service.catalogue,
        service.gazetteer,
        service.words,
        utc_now,
        service.metrics,
    )


def telegram_of(service: Service) -> Telegram | ShutTelegram:
    """The channel with its bot; only a shut door where no token is set."""
    if service.settings.telegram is None:
        return ShutTelegram()
    from bot.channels.telegram.channel import Telegram  # aiogram takes seconds to import

    return Telegram(service, service.settings.telegram)


def email_of(service: Service) -> Email | None:
    """The channel of mail; None where no mail server hands any over."""
    settings = service.settings
    if settings.lmtp is None or settings.mail is None or service.mailer is None:
        return None
    from bot.channels.email.channel import Email  # its door's library is needed by nothing else

    return Email(service, service.mailer, settings.lmtp, settings.mail.sender)


def mirror_of(service: Service, outside: Outside, session: aiohttp.ClientSession) -> Mirror | None:
    """Whoever keeps the copies of tickets in an outside backend; None where there is none."""
    if not outside.is_outside:
        return None
    backend = backend_of(outside, session, service.settings.tickets_key or "")
    site = service.settings.public_url or ""
    return Mirror(
        service.database,
        backend,
        Mirroring(service.counter, backend.name, site.rstrip("/")),
        service.photos,
        service.attachments,
        utc_now,
        timedelta(seconds=outside.poll_s),
    )


def backend_of(outside: Outside, session: aiohttp.ClientSession, key: str) -> TicketBackend:
    """The adapter of an outside backend. `key`: what opens it."""
    if outside.kind is Kind.REDMINE:
        return Redmine(session, outside, key, utc_now)
    return Roundup(session, outside, key, utc_now)


async def _think(service: Service, engine_of: EngineOf, on_step: OnStep | None) -> None:
    """Train if needed, then keep matcher, engine and worker until cancelled."""
    service.matcher.start()
    try:

        def at(step: str) -> None:
            service.assistant.step = step

        model, _ = await ensure_model(service.settings, tell=at)
        service.assistant.step = ""
    except (Unavailable, OSError) as error:
        service.assistant.phase, service.assistant.why = "away", str(error)
        logger.warning("%s", error)
        return
    engine = engine_of(service.settings, model, service.internal_socket, service.internal_secret)
    service.engine = engine
    service.worker = TurnWorker(
        service.database,
        engine.client,
        service.words,
        service.catalogue.team_for(None),
        utc_now,
        service.open_turns,
        on_step=on_step,
        watcher=service.metrics,
    )
    worker = service.worker
    is_fitted = asyncio.create_task(service.matcher.ready())

    def begin_if_ready() -> None:
        if service.is_ready():
            service.assistant.phase = "ready"
            worker.wake()

    def heard(report: Report) -> None:
        if report.phase is Phase.READY:
            begin_if_ready()
        elif report.phase is Phase.DOWN:
            service.assistant.phase, service.assistant.why = "away", report.why

    async def work() -> None:
        try:
            await is_fitted
        except Unavailable:
            logger.warning("the service matcher is not ready: services will be asked")
        await _use_known_vectors(service)
        service.is_matcher_settled = True
        begin_if_ready()
        await worker.run()

    async with asyncio.TaskGroup() as group:
        group.create_task(engine.keep(heard))
        group.create_task(work())


async def _use_known_vectors(service: Service) -> None:
    """Before the first answer, or it would be searched by words alone after every start."""
    try:
        async with service.database.transaction() as tx:
            if await information.are_measured(tx, service.matcher):
                service.desk.articles.use_vectors()
    except Exception:  # the edge of a start: `_measure_articles` tries again
        logger.exception("articles")


async def _measure_articles(service: Service, has_vectors: bool) -> None:
    """Once the matcher can: turn what is new in the articles into vectors. Until then, and where
    it cannot be done, they are searched by their words alone."""
    if not has_vectors:
        logger.warning("this database has no pgvector: articles are searched by words alone")
        return
    while True:
        try:
            await service.matcher.ready()
            made = await information.make_vectors(service.database, service.matcher)
            logger.info("articles: %d texts turned into vectors", made)
        except Unavailable as error:  # a first start, training at the same time
            logger.info("articles are searched by words alone for now: %s", error)
        except Exception:  # a task's edge: the next try goes on where this one stopped
            logger.exception("articles")
        else:
            service.desk.articles.use_vectors()
            return
        await asyncio.sleep(ARTICLES_AGAIN_S)


async def _mind_absence(service: Service) -> None:
    """While the engine is away: say so to whoever waits, and take the request for a human. While
    it starts, which is no absence, say so to whoever waits once it takes long."""
    was_starting, began = False, utc_now()
    while True:
        await asyncio.sleep(rules.SWEEP_EVERY.total_seconds())
        if service.is_ready():
            was_starting = False
            continue
        is_starting = service.assistant.phase == "warming"
        try:
            async with service.database.transaction() as tx:
                if was_starting and not is_starting:  # it cannot start: not what they were told
                    await store.forget_notices(tx)
                was_starting = is_starting
                since = utc_now() - rules.notice_after(is_starting=is_starting)
                is_long = not is_starting or began < since  # not what waited while nothing ran
                waiting = await store.needing_notice(tx, since) if is_long else []
                asking = await store.waiting_for_a_human(tx)
            for conversation_id in waiting:
                async with service.database.transaction() as tx:
                    await commit.announce_absence(
                        tx, conversation_id, service.words, utc_now(), is_starting=is_starting
                    )
            for conversation_id in asking:
                async with service.database.transaction() as tx:
                    await commit.open_ticket_without_engine(
                        tx,
                        conversation_id,
                        service.words,
                        service.catalogue.team_for(None),
                        utc_now(),
                    )
        except (DomainError, OSError, DBAPIError) as error:
            logger.warning("absence: %s", type(error).__name__)
        except Exception:  # a task's edge: the next sweep tries again
            logger.exception("absence")
