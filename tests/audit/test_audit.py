"""The audit log on a real PostgreSQL: written with the deed, read by right, edited by nobody."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import ProgrammingError

from bot.accounts.rules import Agent, Role
from bot.audit import store
from bot.audit.rules import KEPT_FOR, OPERATOR, Action, Actor, Wanted
from bot.audit.tables import AuditEntry
from bot.errors import Forbidden
from bot.storage.tables import utc_now
from bot.storage.transaction import Database

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


def an_auditor(*communes: str, role: Role = Role.COMMUNE_ADMINISTRATOR) -> Agent:
    return Agent(uuid.uuid4(), "Nadia", role, frozenset(communes) or None)


async def write(
    database: Database, name: str, action: str, subject: str, commune: str | None
) -> Actor:
    actor = Actor(uuid.uuid4(), name)
    async with database.transaction() as tx:
        await store.record(tx, actor, action, subject, NOW, commune=commune)
    return actor


async def read(
    database: Database, reader: Agent, who: str = "", action: str = "", subject: str = ""
) -> list[str]:
    async with database.transaction() as tx:
        return [
            entry.subject for entry in await store.entries(tx, reader, Wanted(who, subject, action))
        ]


async def test_each_reads_what_concerns_their_towns(database: Database) -> None:
    name = uuid.uuid4().hex
    await write(database, name, "ticket.note", "2026-000001", "69029")
    await write(database, name, "ticket.note", "2026-000002", "69123")
    await write(database, name, Action.PASSWORD, "paul@example.org", None)
    assert await read(database, an_auditor("69029"), who=name) == ["2026-000001"]
    everything = await read(database, an_auditor(), who=name.upper())
    assert everything == ["paul@example.org", "2026-000002", "2026-000001"]
    assert await read(database, an_auditor(), who=name, action="ticket.seen") == []
    assert await read(database, an_auditor(), who=name, subject="2026-000002") == ["2026-000002"]


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_who_administers_nothing_does_not_read_it(database: Database, role: Role) -> None:
    with pytest.raises(Forbidden):
        await read(database, an_auditor(role=role))


async def test_a_sight_is_written_once_in_a_while(database: Database) -> None:
    agent, subject = an_auditor(), f"2026-{uuid.uuid4().int % 10**9:09d}"
    for minutes in (0, 1, 9, 11):
        async with database.transaction() as tx:
            at = NOW + timedelta(minutes=minutes)
            await store.record_sight(tx, agent.actor, Action.TICKET_SEEN, subject, at)
    async with database.transaction() as tx:
        found = await store.entries(tx, agent, Wanted(subject=subject))
    assert [entry.at for entry in found] == [NOW + timedelta(minutes=11), NOW]


@pytest.mark.parametrize(
    "change",
    [
        update(AuditEntry).values(name="somebody else"),
        delete(AuditEntry),
        text("TRUNCATE audit_entry"),
    ],
    ids=["update", "delete", "truncate"],
)
async def test_nobody_edits_it(database: Database, change: object) -> None:
    async with database.transaction() as tx:
        await store.record(tx, OPERATOR, Action.PASSWORD, "kept@example.org", utc_now())
    with pytest.raises(ProgrammingError, match="audit log is not edited"):
        async with database.transaction() as tx:
            await tx.execute(change)  # type: ignore[call-overload]


async def test_what_was_kept_long_enough_leaves(database: Database) -> None:
    subject = f"{uuid.uuid4().hex}@example.org"
    old, now = utc_now() - KEPT_FOR - timedelta(days=1), utc_now()
    async with database.transaction() as tx:
        for at in (old, now):
            values = {"name": "", "action": "account.opened", "subject": subject}
            await tx.execute(insert(AuditEntry).values(at=at, **values))
        assert await store.drop_old(tx, now - KEPT_FOR) >= 1
        [left] = await store.entries(tx, an_auditor(), Wanted(subject=subject))
    assert left.at == now
