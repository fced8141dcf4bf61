"""Agents, conversations and tickets for the tests of handing over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from bot.accounts.rules import Agent, Role
from bot.accounts.tables import AgentAccount
from bot.conversations import store as conversations
from bot.conversations.escalation import HandOver
from bot.conversations.operations import Arrival, receive
from bot.conversations.store import StoredMessage
from bot.conversations.turn import Speaker
from bot.handover.counter import Counter
from bot.mail.letters import Mailer
from bot.places.communes import load_gazetteer
from bot.services.catalogue_files import load_catalogue
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from bot.tickets.operations import Asked
from bot.tickets.rules import Subject
from tests.running import ROOT
from tests.turn.scripted import WORDS, a_citizen, now

OULLINS = "69149"
BRON = "69029"
CATALOGUE = load_catalogue(ROOT / "catalogue")
GAZETTEER = load_gazetteer(ROOT / "catalogue" / "places" / "communes.yml")
COUNTER = Counter(WORDS, CATALOGUE, GAZETTEER)
WITH_MAIL = Counter(WORDS, CATALOGUE, GAZETTEER, Mailer(WORDS, "guichet.example"))
WHOLE = 10_000
"""Rows of a list: other tests' tickets are in it too."""
RECEPTION = CATALOGUE.team_for(None)


def a_word() -> str:
    """One that nobody else says: letters only, so that no reader takes it for a number."""
    return "mot" + uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


async def an_agent(
    database: Database,
    name: str = "Claire",
    role: Role = Role.AGENT,
    communes: frozenset[str] | None = frozenset({OULLINS}),
    teams: frozenset[str] = frozenset({"accueil"}),
) -> Agent:
    agent = Agent(uuid4(), name, role, communes, teams)
    async with database.transaction() as tx:
        await tx.execute(
            insert(AgentAccount).values(
                id=agent.id,
                login=f"{agent.id.hex}@oullins.example",
                name=name,
                role=role.value,
                communes=None if communes is None else sorted(communes),
                teams=sorted(teams),
                password_hash="-",
                is_active=True,
                created_at=now(),
            )
        )
    return agent


@dataclass(frozen=True)
class Case:
    """A citizen's conversation, and the ticket that was opened in it."""

    database: Database
    speaker: Speaker
    reference: str

    async def writes(self, text: str) -> int:
        """The citizen writes; the number of the message."""
        async with self.database.transaction() as tx:
            accepted = await receive(
                tx,
                Arrival(
                    "web",
                    str(self.speaker.citizen_id),
                    self.speaker.citizen_id,
                    uuid4().hex,
                    "text",
                    text,
                    commune=OULLINS,
                ),
                now(),
            )
        return accepted.seq

    async def messages(self) -> list[StoredMessage]:
        async with self.database.transaction() as tx:
            return await conversations.messages_after(tx, self.speaker.conversation_id, 0)

    async def said(self) -> list[tuple[str, str]]:
        """Who said what, in order."""
        return [(m.sender, m.text) for m in await self.messages()]

    async def conversation(self) -> Mapping[str, Any]:
        async with self.database.transaction() as tx:
            return dict(await conversations.by_id(tx, self.speaker.conversation_id))

    async def ticket(self) -> Mapping[str, Any]:
        async with self.database.transaction() as tx:
            return dict(await tickets.by_reference(tx, self.reference))

    async def kinds(self) -> list[str]:
        """What happened to the ticket, in order."""
        async with self.database.transaction() as tx:
            return [row["kind"] for row in await tickets.history(tx, self.reference)]

    async def open(self, text: str, at: datetime | None = None, **asked: Any) -> str:
        """Ask for a human; the reference."""
        parts: dict[str, Any] = {"commune": OULLINS, "team": RECEPTION, **asked}
        async with self.database.transaction() as tx:
            handing = HandOver(Asked(Subject.HUMAN, text, **parts))
            handed = await handing.perform(tx, self.speaker, at or now())
        return handed.reference


async def a_case(
    database: Database, text: str = "je veux parler à quelqu'un", at: datetime | None = None
) -> Case:
    """Somebody wrote in Oullins and asked for a human."""
    citizen = await a_citizen(database)
    case = Case(database, Speaker(UUID(int=0), citizen, "web"), "")
    await case.writes(text)
    async with database.transaction() as tx:
        row = await conversations.conversation_at(tx, "web", str(citizen))
        assert row is not None
        await conversations.mark_answered(tx, row["id"], row["last_seq"], uuid4())
        await conversations.change(tx, row["id"], waiting_since=None, due_at=None)
    case = Case(database, Speaker(row["id"], citizen, "web"), "")
    return Case(database, case.speaker, await case.open(text, at))
