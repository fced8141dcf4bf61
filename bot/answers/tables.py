"""What agents have at hand, with every version of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class CannedEntry(Base):
    """A canned answer or a macro of the metropolis (commune '') or of a commune."""

    __tablename__ = "canned_entry"
    __table_args__ = (UniqueConstraint("kind", "code", "commune"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # rules.Kind
    code: Mapped[str]
    commune: Mapped[str]
    content: Mapped[dict[str, Any]]  # rules.Answer or deeds.Macro, as JSON
    version: Mapped[int]
    is_retired: Mapped[bool]
    is_by_hand: Mapped[bool]  # changed in the pages: files never overwrite it any more
    uses: Mapped[int]


class CannedVersion(Base):
    """What an entry was from a moment on. Append-only: undoing is one more version."""

    __tablename__ = "canned_version"

    entry_id: Mapped[int] = mapped_column(ForeignKey("canned_entry.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_account.id"))
    author: Mapped[str | None]  # None: a file of the catalogue
    content: Mapped[dict[str, Any]]
    is_retired: Mapped[bool]
