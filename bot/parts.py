"""The running parts of a service, as its doors see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from aiohttp import web

from actions.desk import Desk
from bot.accounts.outside_sign_in import OutsideSignIn
from bot.accounts.own_account import OwnAccount
from bot.accounts.sign_in import SignIn
from bot.attachments.keeping import AttachmentFiles
from bot.conversations.live import Live
from bot.conversations.worker import OpenTurns, TurnWorker
from bot.engine.process import EngineProcess
from bot.files.links import Links
from bot.handover.counter import Counter
from bot.mail.letters import Mailer
from bot.mirroring.worker import Mirror
from bot.observability.metrics import Metrics
from bot.open311.rules import Identity
from bot.places.communes import Gazetteer
from bot.places.outlines import DrawnOutlines
from bot.service_requests.photos import PhotoFiles
from bot.service_requests.placing import Placer
from bot.services.matcher import ServiceMatcher
from bot.services.rules import Catalogue
from bot.settings import Settings
from bot.storage.transaction import Database
from bot.teams.current import CurrentCatalogue
from bot.texts.current import CurrentTexts
from bot.words.catalogues import Words

Phase = Literal["warming", "ready", "away"]
"""Of the engine, as visitors are told of it."""


@dataclass
class Assistant:
    """What the doors tell visitors of the engine."""

    phase: Phase = "warming"
    why: str = ""
    step: str = ""  # what a long start is busy with, for whoever started it


class Channel(Protocol):
    """A way to citizens beside our own pages."""

    @property
    def trouble(self) -> str | None:
        """Why it does not work now, for an operator; None while it does, or is not set."""
        ...

    def link(self, payload: str) -> str | None:
        """An address that opens the channel and hands it `payload`; None where there is none."""
        ...

    def routes(self) -> Iterable[web.RouteDef]:
        """Its public doors."""
        ...


@dataclass
class Service:
    """A running service, as its doors see it."""

    settings: Settings
    database: Database
    catalogue: Catalogue
    current: CurrentCatalogue
    texts: CurrentTexts
    gazetteer: Gazetteer
    outlines: DrawnOutlines
    placer: Placer
    matcher: ServiceMatcher
    words: Words
    photos: PhotoFiles
    attachments: AttachmentFiles
    links: Links
    desk: Desk
    open_turns: OpenTurns
    live: Live
    metrics: Metrics
    open311: Identity
    counter: Counter
    sign_in: SignIn
    own_account: OwnAccount
    internal_socket: Path
    internal_secret: str
    secret: str = field(repr=False)  # signs what is handed out
    mirror: Mirror | None = None  # there is one where tickets.yml names an outside backend
    outside_sign_in: OutsideSignIn | None = None  # there is one where a provider is set
    mailer: Mailer | None = None  # there is one where a mail server is set
    assistant: Assistant = field(default_factory=Assistant)
    engine: EngineProcess | None = None
    worker: TurnWorker | None = None
    channels: dict[str, Channel] = field(default_factory=dict)  # by name; empty without doors
    is_matcher_settled: bool = False  # it can match, or is known not to

    def is_ready(self) -> bool:
        """Whether a message that comes now is answered at once."""
        has_engine = self.engine is not None and self.engine.client.ready
        return has_engine and self.is_matcher_settled
