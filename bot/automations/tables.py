"""Automations with their versions, and what each did."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class AutomationState(Base):
    """An automation and whether it works now; what it is, is its newest version."""

    __tablename__ = "automation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    on_since: Mapped[datetime | None]  # None: it is switched off
    failures: Mapped[int]  # in a row
    stopped_at: Mapped[datetime | None]  # when it switched itself off


class AutomationVersion(Base):
    """Append-only: undoing adds another."""

    __tablename__ = "automation_version"
    __table_args__ = (UniqueConstraint("automation_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automation.id"))
    version: Mapped[int]
    at: Mapped[datetime]
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_account.id"))
    name: Mapped[str]  # of whoever made it
    content: Mapped[dict[str, Any]]  # written.to_json
    restored: Mapped[int | None]


class AutomationRun(Base):
    """What a version did to a ticket: once. `error`: a code, where it failed."""

    __tablename__ = "automation_run"
    __table_args__ = (
        UniqueConstraint("automation_id", "version", "reference"),
        Index("ix_automation_run_automation_id_at", "automation_id", "at"),
        Index("ix_automation_run_reference_at", "reference", "at"),
        Index("ix_automation_run_warned", "at", postgresql_where=text("state = 'warned'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automation.id"))
    version: Mapped[int]
    reference: Mapped[str] = mapped_column(ForeignKey("ticket.reference"))
    at: Mapped[datetime]
    state: Mapped[str]  # done | warned | ended | failed
    deeds: Mapped[list[Any]]  # conditions.Deeds.names
    error: Mapped[str | None]
    ended_at: Mapped[datetime | None]  # of what was warned of
