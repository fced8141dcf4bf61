"""How agents and teams work: skills, absences, and versions of a team's settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class AgentWork(Base):
    """What an agent answers, and whether they are there. No row: everything, and there."""

    __tablename__ = "agent_work"

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agent_account.id"), primary_key=True)
    services: Mapped[list[str]] = mapped_column(ARRAY(String))  # codes; empty: all
    languages: Mapped[list[str]] = mapped_column(ARRAY(String))  # empty: all
    capacity: Mapped[int]
    away_since: Mapped[datetime | None]  # they said so at their desk
    last_assigned_at: Mapped[datetime | None]  # when they last got a ticket by themselves


class AgentAbsence(Base):
    """When somebody is not there. Why is nobody's business."""

    __tablename__ = "agent_absence"
    __table_args__ = (Index("ix_agent_absence_agent_id_until_at", "agent_id", "until_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agent_account.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]


class TeamVersion(Base):
    """A team's settings; the newest version holds. Append-only: undoing adds another."""

    __tablename__ = "team_version"
    __table_args__ = (UniqueConstraint("team", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    team: Mapped[str]  # a code of teams.yml
    version: Mapped[int]
    at: Mapped[datetime]
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_account.id"))
    name: Mapped[str]  # of whoever made it
    settings: Mapped[dict[str, Any]]  # rules.TeamSettings.to_json
    restored: Mapped[int | None]  # the version that it repeats
