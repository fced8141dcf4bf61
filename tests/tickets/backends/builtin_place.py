"""Our own tables as a place, and what Julie does there with her account, as in the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import update

from bot.accounts.rules import Agent
from bot.accounts.tables import AgentAccount
from bot.conversations import store as conversations
from bot.files.folder import FolderStore
from bot.handover import answering, attaching, passing
from bot.handover.attaching import AttachedFiles
from bot.mirroring.builtin import Builtin
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from bot.tickets.backends.port import File, TicketBackend
from bot.tickets.rules import EventKind, Priority, Status
from tests.handover.builders import COUNTER, an_agent
from tests.tickets.backends.places import Read


def builtin(database: Database, folder: Path) -> Builtin:
    files = AttachedFiles(FolderStore(folder))
    return Builtin(database, COUNTER, files, "https://guichet.example", utc_now)


@asynccontextmanager
async def builtin_place(url: str, folder: Path) -> AsyncIterator[BuiltinPlace]:
    database = Database(url, pool_size=2)
    try:
        julie = await an_agent(database, "Julie Martin", communes=None)
        yield BuiltinPlace(database, folder, julie)
        async with database.transaction() as tx:  # the next test has a Julie of its own
            gone = update(AgentAccount).where(AgentAccount.id == julie.id)
            await tx.execute(gone.values(is_active=False))
    finally:
        await database.close()


class BuiltinPlace:
    """Tickets in our tables. Every agent of every town may see them."""

    def __init__(self, database: Database, folder: Path, julie: Agent) -> None:
        self._database = database
        self._files = AttachedFiles(FolderStore(folder))
        self._julie = julie
        self.backend: TicketBackend = builtin(database, folder)

    async def writes(self, remote_id: str, text: str, *, is_internal: bool = False) -> None:
        key = uuid4().hex
        async with self._database.transaction() as tx:
            if is_internal:
                await answering.note(tx, self._julie, remote_id, text, key, utc_now())
            else:
                await answering.reply(tx, self._julie, remote_id, text, key, COUNTER, utc_now())

    async def attaches(self, remote_id: str, name: str, data: bytes) -> None:
        file = File(uuid4().hex, name, "image/png", data)
        kept = await self._files.keep(remote_id, file)
        async with self._database.transaction() as tx:
            await attaching.attach(tx, self._julie, remote_id, kept, name, file.key, utc_now())

    async def concludes(self, remote_id: str, text: str) -> None:
        await self.writes(remote_id, text)
        await self.sets(remote_id, status=Status.CLOSED)

    async def sets(
        self,
        remote_id: str,
        *,
        status: Status | None = None,
        priority: Priority | None = None,
        team: str | None = None,
        assignee: str | None = None,
    ) -> None:
        julie, now = self._julie, utc_now()
        async with self._database.transaction() as tx:
            if team is not None:
                await passing.transfer(tx, julie, remote_id, team, COUNTER, now)
            if priority is not None:
                await passing.prioritise(tx, julie, remote_id, priority, now)
            if assignee is not None:
                await passing.assign(tx, julie, remote_id, julie.id, COUNTER, now)
            if status is Status.CLOSED:
                await answering.close(tx, julie, remote_id, COUNTER, now)

    async def reads(self, remote_id: str) -> list[Read]:
        """As in the console: the summary, then words and notes, each under its author's name."""
        async with self._database.transaction() as tx:
            ticket = await tickets.by_reference(tx, remote_id)
            history = await tickets.history(tx, remote_id)
            said = await conversations.messages_after(tx, ticket["conversation_id"], 0)
        read = [
            (one.at, one.content["author"]["name"], one.text, False)
            for one in said
            if one.sender == "agent"
        ]
        read += [
            (row["at"], row["author"], row["text"], True)
            for row in history
            if row["kind"] == EventKind.NOTE
        ]
        lines = [Read(name, f"{name} : {text}", hid) for _, name, text, hid in sorted(read)]
        return [Read("", ticket["summary"], is_internal=False), *lines]

    async def stranger_reads(self, remote_id: str) -> str:
        """What the conversation's page shows: everything but notes."""
        async with self._database.transaction() as tx:
            ticket = await tickets.by_reference(tx, remote_id)
            said = await conversations.messages_after(tx, ticket["conversation_id"], 0)
        return "\n".join(one.text for one in said)

    async def files(self, remote_id: str) -> list[bytes]:
        async with self._database.transaction() as tx:
            history = await tickets.history(tx, remote_id)
        handles = [row["data"]["file"]["handle"] for row in history if "file" in row["data"]]
        return [await self._files.read(handle) for handle in handles]
