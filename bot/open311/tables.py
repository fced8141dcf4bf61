"""Who may post through Open311, and the index of its public list."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.service_requests.tables import ServiceRequest
from bot.storage.tables import Base

# The public list of the whole metropolis, newest first.
Index("ix_service_request_filed_at", ServiceRequest.filed_at, ServiceRequest.reference)


class Open311Key(Base):
    """A key of an application. Only a hash is kept; what it posts belongs to its citizen."""

    __tablename__ = "open311_key"
    __table_args__ = (
        # A revoked name may be given again, so that a key can be replaced.
        Index(
            "uq_open311_key_name", "name", unique=True, postgresql_where=text("revoked_at IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)  # sha256 of a random key: nothing to guess
    commune: Mapped[str]  # INSEE code, '' for all
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
