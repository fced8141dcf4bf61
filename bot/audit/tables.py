"""The audit log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class AuditEntry(Base):
    """One sight or change. The database itself refuses to change a line, and to remove one before
    it was kept long enough (migration 0025). It holds no words of a citizen."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_subject_id", "subject", "id"),
        Index("ix_audit_entry_agent_id_at", "agent_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    agent_id: Mapped[UUID | None]  # no foreign key: the line outlives whatever it names
    name: Mapped[str]  # as it was then
    action: Mapped[str]  # rules.Action, or of_ticket
    subject: Mapped[str]  # a reference, a login, the code of a setting, or what was looked for
    commune: Mapped[str | None]  # INSEE code of the town whose citizen it concerns
