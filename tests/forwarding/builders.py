"""A town's system, a forwarder with a clock of its own, and requests to forward."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import yaml
from sqlalchemy import select, text, update

from bot.conversations.tables import Message
from bot.forwarding.client import sessions
from bot.forwarding.pulling import Report
from bot.forwarding.rules import Meaning, System, TheirAttribute, TheirService
from bot.forwarding.tables import Forwarding
from bot.forwarding.worker import Forwarder
from bot.notifications.telling import Teller
from bot.service_requests.changes import Step, change_status
from bot.service_requests.draft import Answer, Draft
from bot.service_requests.operations import FileRequest
from bot.service_requests.rules import Actor, Status
from bot.service_requests.tables import ServiceRequest, StatusChange
from bot.storage.transaction import Database
from tests.actions.desks import WORDS, catalogue, gazetteer, outsiders
from tests.service_requests.test_twins import a_speaker

OULLINS = "69149"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
DRAFT = Draft(
    service="pothole",
    description="gros trou devant l’école",
    commune=OULLINS,
    address="12 rue de la République",
    latitude=45.7145,
    longitude=4.8075,
    answers={"size": Answer("large")},
)
POTHOLES = {"pothole": TheirService("V12", {"size": TheirAttribute("T_TAILLE", {"large": "3"})})}


def a_system(endpoint: str = "http://127.0.0.1:9/v2", **replaced: Any) -> System:
    plain: dict[str, Any] = {
        "commune": OULLINS,
        "endpoint": endpoint,
        "services": POTHOLES,
        "timezone": ZoneInfo("Europe/Paris"),
        "meanings": (
            Meaning("closed", Status.REJECTED, "compétence", "Non retenu par la commune."),
            Meaning("planned", Status.PLANNED),
            Meaning("investigating", Status.IN_PROGRESS),
        ),
    }
    return System(**(plain | replaced))


@dataclass
class Counted:
    """Keeps the figures as a test reads them."""

    figures: Counter[str] = field(default_factory=Counter)

    def forwarded(self, system: str, outcome: str) -> None:
        self.figures[f"{system} {outcome}"] += 1

    def heard(self, system: str, outcome: str, count: int) -> None:
        self.figures[f"{system} {outcome}"] += count


@dataclass
class Hand:
    """A forwarder of one system whose clock a test sets."""

    database: Database
    system: System
    session: aiohttp.ClientSession
    keys: Mapping[str, str] = field(default_factory=dict)
    at: datetime = NOW
    counted: Counted = field(default_factory=Counted)

    def forwarder(self) -> Forwarder:
        return Forwarder(
            self.database,
            {self.system.commune: self.system},
            self.keys,
            catalogue(),
            gazetteer(),
            WORDS,
            lambda: self.at,
            self.counted,
        )

    async def send(self, after: timedelta = timedelta(0)) -> int:
        self.at += after
        return await self.forwarder().send_due(self.system, self.session)

    async def pull(self, after: timedelta = timedelta(minutes=15)) -> Report:
        self.at += after
        report = await self.forwarder().pull_due(self.system, self.session, is_asked=True)
        assert report is not None
        return report

    @asynccontextmanager
    async def in_a_hurry(self) -> AsyncIterator[None]:
        """For what never answers: whoever waits for it waits a fraction of a second."""
        patient = self.session
        async with sessions(answer_within_s=0.5) as self.session:
            yield
        self.session = patient

    async def files(self, draft: Draft = DRAFT) -> str:
        speaker = await a_speaker(self.database)
        async with self.database.transaction() as tx:
            return (await FileRequest(draft).perform(tx, speaker, self.at)).reference

    async def sent(self) -> str:
        """A request that has arrived."""
        reference = await self.files()
        assert await self.send() == 1
        return reference

    async def change(self, reference: str, status: Status, actor: Actor = Actor.AGENT) -> None:
        async with self.database.transaction() as tx:
            await change_status(tx, reference, Step(status, actor, "parce que"), self.at)

    async def status(self, reference: str) -> str:
        async with self.database.transaction() as tx:
            found = select(ServiceRequest.status).where(ServiceRequest.reference == reference)
            return str(await tx.scalar(found))

    async def steps(self, reference: str) -> list[tuple[str, str | None]]:
        """The states after the first, with their reasons."""
        async with self.database.transaction() as tx:
            rows = await tx.execute(
                select(StatusChange.status, StatusChange.reason)
                .where(StatusChange.reference == reference)
                .order_by(StatusChange.at)
            )
            return [(status, reason) for status, reason in rows][1:]

    async def row(self, reference: str) -> Any:
        async with self.database.transaction() as tx:
            found = select(Forwarding.__table__).where(Forwarding.reference == reference)
            return (await tx.execute(found)).one_or_none()

    async def told(self, reference: str) -> list[str]:
        """What the citizen who filed it reads of it."""
        teller = Teller(
            self.database, catalogue(), gazetteer(), outsiders(), WORDS, lambda: self.at
        )
        await teller.tell_waiting()
        async with self.database.transaction() as tx:
            rows = await tx.execute(
                select(Message.text)
                .join(ServiceRequest, ServiceRequest.conversation_id == Message.conversation_id)
                .where(ServiceRequest.reference == reference, Message.sender == "system")
                .order_by(Message.seq)
            )
            return [str(body).replace("\u00a0", " ") for body in rows.scalars()]

    async def leases_end(self) -> None:
        """As if the time of a killed service's lease had passed."""
        async with self.database.transaction() as tx:
            await tx.execute(update(Forwarding).values(lease_until=None))


async def forget_all(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("TRUNCATE service_request, forwarding_pull CASCADE"))


def write_file(root: Path, endpoint: str, commune: str = OULLINS, **replaced: Any) -> None:
    """A `forwarding.yml` in a catalogue."""
    plain: dict[str, Any] = {
        "endpoint": endpoint,
        "services": {"pothole": {"code": "V12"}},
    }
    folder = root / "communes" / commune
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "forwarding.yml").write_text(
        yaml.safe_dump(plain | replaced, allow_unicode=True), encoding="utf-8"
    )
