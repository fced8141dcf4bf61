"""What was sent to towns' outside systems, and how far their news were read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.service_requests.tables import ServiceRequest
from bot.storage.tables import Base

# The sweep that queues new requests looks every few seconds.
Index(
    "ix_service_request_new_commune",
    ServiceRequest.commune,
    postgresql_where=text("status = 'new' AND parent IS NULL"),
)


class Forwarding(Base):
    """The sending of one request to its town's system, and what they said of it since."""

    __tablename__ = "forwarding"
    __table_args__ = (
        Index(
            "ix_forwarding_due", "system", "next_at", postgresql_where=text("next_at IS NOT NULL")
        ),
        Index(
            "ix_forwarding_asked",
            "system",
            "asked_at",
            postgresql_where=text("remote_id IS NOT NULL"),
        ),
    )

    reference: Mapped[str] = mapped_column(
        ForeignKey("service_request.reference"), primary_key=True
    )
    system: Mapped[str]  # the INSEE code of the commune whose system it is
    state: Mapped[str]  # rules.State
    failures: Mapped[int]  # in a row
    in_doubt: Mapped[bool]  # an attempt began whose end is not known: they may have it
    queued_at: Mapped[datetime]
    next_at: Mapped[datetime | None]  # when to try; none when there is nothing to do
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    first_tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]  # for the operator, never for citizens
    token: Mapped[str | None]
    remote_id: Mapped[str | None]  # not unique: a system may answer two with the same one
    remote_status: Mapped[str | None]
    remote_note: Mapped[str | None]
    remote_updated_at: Mapped[datetime | None]  # as they date it
    heard_at: Mapped[datetime | None]  # when we last heard something new
    asked_at: Mapped[datetime | None]
    verdict: Mapped[str | None]  # rules.Verdict of what they said last


class ForwardingPull(Base):
    """How far the news of one system were read. Its row is also the lease of whoever reads."""

    __tablename__ = "forwarding_pull"

    system: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    pulled_until: Mapped[datetime | None]  # everything that changed before is known
    whole_at: Mapped[datetime | None]  # when all were last asked about
    last_error: Mapped[str | None]
