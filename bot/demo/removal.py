"""Takes the demonstration away again: everything that hangs on its citizens and agents. What
somebody else has changed since stays whole."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Table,
    delete,
    exists,
    false,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from bot.accounts.tables import AgentAccount, Citizen
from bot.automations.tables import AutomationRun, AutomationState, AutomationVersion
from bot.demo.rules import FIRST, LAST, LOGINS
from bot.service_requests.photos import PhotoFiles
from bot.service_requests.tables import Photo
from bot.storage.announcing import announce_settings
from bot.storage.tables import Base
from bot.storage.transaction import Database, Transaction
from bot.texts.tables import TextVersion

SETTINGS = frozenset({"automation_version", "text_version"})
KEPT_WITH_THEIR_AUTHOR = frozenset({"ticket", "ticket_event"}) | SETTINGS
"""What an agent did for people who are not the demonstration's stays signed, and so does their part
in the settings on which somebody else has worked as well."""

AGENTS = AgentAccount.login.endswith(f"@{LOGINS}")


async def remove(database: Database, photos: PhotoFiles) -> int:
    """Remove all of it, in one transaction, then its pictures' files. An agent of the
    demonstration who answered somebody else keeps the account, disabled. Returns how many
    citizens went."""
    async with database.transaction() as tx:
        drawn = _is_own(Photo.__table__)
        pictures = list(
            await tx.scalars(select(Photo.id).where(false() if drawn is None else drawn))
        )
        await _agents_things(tx)
        await _automations(tx)
        await _texts(tx)
        gone = 0
        for table in reversed(Base.metadata.sorted_tables):
            condition = _is_own(table)
            if condition is None:
                continue
            for column in _loops(table):  # its rows may point at one another
                await tx.execute(update(table).where(condition).values({column: None}))
            result = await tx.execute(delete(table).where(condition))
            gone = int(result.rowcount) if table is Citizen.__table__ else gone
        await _agents(tx)
    await photos.remove(pictures)
    return gone


def _is_own(table: FromClause) -> ColumnElement[bool] | None:
    """The condition of the demonstration's rows; None for a table that no citizen's things are
    in."""
    if table is Citizen.__table__:
        return Citizen.id.between(FIRST, LAST)
    conditions = []
    for column, referred in _references(table):
        if referred.table is table or referred.table is AgentAccount.__table__:
            continue
        of_referred = _is_own(referred.table)
        if of_referred is not None:
            conditions.append(column.in_(select(referred).where(of_referred)))
    return or_(false(), *conditions) if conditions else None


def _references(table: FromClause) -> Iterator[tuple[Column[object], Column[object]]]:
    for key in table.foreign_keys:
        yield key.parent, key.column


def _loops(table: Table) -> Iterator[Column[object]]:
    for column, referred in _references(table):
        if referred.table is table and column.nullable:
            yield column


async def _agents_things(tx: Transaction) -> None:
    """What only concerns an agent: sessions and the like."""
    ids = select(AgentAccount.id).where(AGENTS)
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in KEPT_WITH_THEIR_AUTHOR:
            continue
        for column, referred in _references(table):
            if referred.table is AgentAccount.__table__:
                await tx.execute(delete(table).where(column.in_(ids)))


async def _automations(tx: Transaction) -> None:
    """Those that only the demonstration's agents wrote, with their logs."""
    made = select(AutomationVersion.automation_id)
    ours = AutomationVersion.agent_id.in_(select(AgentAccount.id).where(AGENTS))
    others = made.where(or_(AutomationVersion.agent_id.is_(None), ~ours))
    only_ours = made.where(ours, AutomationVersion.automation_id.not_in(others))
    gone = list(await tx.scalars(only_ours.distinct()))
    for table in (AutomationRun, AutomationVersion):
        await tx.execute(delete(table).where(table.automation_id.in_(gone)))
    await tx.execute(delete(AutomationState).where(AutomationState.id.in_(gone)))


async def _texts(tx: Transaction) -> None:
    """Sentences that only they wrote anew: the catalogue's hold again."""
    ours = TextVersion.agent_id.in_(select(AgentAccount.id).where(AGENTS))
    other = aliased(TextVersion)
    is_of_others = exists().where(
        other.key == TextVersion.key,
        other.commune == TextVersion.commune,
        other.agent_id.not_in(select(AgentAccount.id).where(AGENTS)),
    )
    await tx.execute(delete(TextVersion).where(ours, ~is_of_others))
    await announce_settings(tx)


async def _agents(tx: Transaction) -> None:
    tables = [Base.metadata.tables[name] for name in sorted(KEPT_WITH_THEIR_AUTHOR)]
    still_named = or_(
        *(
            exists(select(column).where(column == AgentAccount.id))
            for table in tables
            for column, referred in _references(table)
            if referred.table is AgentAccount.__table__
        )
    )
    await tx.execute(update(AgentAccount).where(AGENTS, still_named).values(is_active=False))
    await tx.execute(delete(AgentAccount).where(AGENTS, ~still_named))
