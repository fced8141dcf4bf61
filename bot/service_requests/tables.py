"""What citizens file, its history, its photos, and the draft while it is being told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from bot.service_requests.rules import CLOSED, Status
from bot.storage.tables import Base
from bot.storage.terms import terms

REQUEST_TERMS = terms("description", "address", "precision", "answers::text")

_CLOSED = ", ".join(f"'{status}'" for status in Status if status in CLOSED)
IS_OPEN = f"status NOT IN ({_CLOSED}) AND parent IS NULL"
"""What the indexes of possible duplicates hold; a query repeats it word for word to use them."""

STANDS_STILL = "paused_at IS NOT NULL"
DUE_FIRST = "coalesce(planned_on, due_on, 'infinity'::date)"
"""What a list begins with that has the most overdue first, and last that whose clock stands still;
word for word as in its index."""

MAY_BE_LATE = f"{IS_OPEN} AND warned_at IS NULL AND paused_at IS NULL"
EXPECTED_ON = "coalesce(planned_on, due_on)"
"""The day on which a request should be dealt with: the one planned, else the objective's last."""


class ServiceRequest(Base):
    """A filed request. Its state is its last `StatusChange`, repeated here for lists."""

    __tablename__ = "service_request"
    __table_args__ = (
        Index("ix_service_request_citizen_id_filed_at", "citizen_id", "filed_at"),
        Index("ix_service_request_commune_filed_at", "commune", "filed_at"),
        Index(
            "ix_service_request_open_point",
            text("point(longitude, latitude)"),
            postgresql_using="gist",
            postgresql_where=text(IS_OPEN),
        ),
        Index(
            "ix_service_request_open_place",
            "commune",
            "place_key",
            postgresql_where=text(IS_OPEN),
        ),
        Index("ix_service_request_parent", "parent"),
        # What will be late and nobody was warned of: `life_store.soon_late`.
        Index("ix_service_request_due", text(EXPECTED_ON), postgresql_where=text(MAY_BE_LATE)),
        # What is not settled, as agents list and count it: `handover.reports`.
        Index(
            "ix_service_request_open_due",
            text(f"({STANDS_STILL})"),
            text(DUE_FIRST),
            "reference",
            postgresql_where=text(IS_OPEN),
        ),
        Index(
            "ix_service_request_open_filed",
            "filed_at",
            "reference",
            postgresql_where=text(IS_OPEN),
        ),
        Index(
            "ix_service_request_open_town",
            "commune",
            "service",
            postgresql_where=text(IS_OPEN),
        ),
        # The agents' search.
        Index("ix_service_request_conversation_id", "conversation_id"),
        Index("ix_service_request_terms", "terms", postgresql_using="gin"),
    )

    reference: Mapped[str] = mapped_column(primary_key=True)
    service: Mapped[str]
    commune: Mapped[str]  # INSEE code
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    description: Mapped[str]
    answers: Mapped[dict[str, Any]]
    address: Mapped[str | None]
    place_key: Mapped[str | None]  # the address as `twins.place_key` compares it
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    precision: Mapped[str | None]  # "3e étage": for those who work on it, never public
    dangerous: Mapped[bool]
    channel: Mapped[str]
    status: Mapped[str]
    filed_at: Mapped[datetime]
    parent: Mapped[str | None] = mapped_column(ForeignKey("service_request.reference"))
    delay_days: Mapped[int | None]  # the service's objective when it was filed, in working days
    due_on: Mapped[date | None]  # the last day of the objective
    planned_on: Mapped[date | None]  # the day that its team gave
    paused_at: Mapped[datetime | None]  # the clock stands still since: a question was asked
    warned_at: Mapped[datetime | None]  # whom it concerns was told that it will be late
    terms: Mapped[Any] = mapped_column(TSVECTOR, Computed(REQUEST_TERMS, persisted=True))


class Follower(Base):
    """A citizen who has the same problem: told of every change, where they said so."""

    __tablename__ = "request_follower"
    __table_args__ = (Index("ix_request_follower_citizen_id", "citizen_id"),)

    reference: Mapped[str] = mapped_column(
        ForeignKey("service_request.reference"), primary_key=True
    )
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    comment: Mapped[str]
    at: Mapped[datetime]


class StatusChange(Base):
    """One step of a request's life. Append-only."""

    __tablename__ = "status_change"
    __table_args__ = (Index("ix_status_change_reference_at", "reference", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("service_request.reference"))
    status: Mapped[str]
    actor: Mapped[str]  # citizen | agent | system
    reason: Mapped[str | None]
    at: Mapped[datetime]


class RequestEvent(Base):
    """What happened to a request beside its states. Append-only; with `StatusChange`, its whole
    history."""

    __tablename__ = "request_event"
    __table_args__ = (Index("ix_request_event_reference_at", "reference", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("service_request.reference"))
    kind: Mapped[str]  # rules.EventKind
    actor: Mapped[str]
    citizen_id: Mapped[UUID | None] = mapped_column(ForeignKey("citizen.id"))
    text: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Notification(Base):
    """One telling of one piece of news to one conversation: written with the change itself, said
    by `bot.notifications` in the order of `seq`."""

    __tablename__ = "notification"
    __table_args__ = (
        Index(
            "ix_notification_waiting",
            "conversation_id",
            "seq",
            postgresql_where=text("told_at IS NULL"),
        ),
        Index("ix_notification_told_at", "told_at"),
    )

    seq: Mapped[int] = mapped_column(Identity(), primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("service_request.reference"))
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"))
    is_own: Mapped[bool]
    news: Mapped[dict[str, Any]]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None]


class Draft(Base):
    """A request being told. Kept seven days, so that nothing half-filled is lost."""

    __tablename__ = "draft"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    data: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class Photo(Base):
    """A stored picture: re-encoded, without metadata. Seen by its sender and by agents, and by all
    once an operator has published it; an operator may hide it instead.

    `latitude`, `longitude`: where its camera says that it was, only until the assistant has read
    it to offer it as the report's place.
    """

    __tablename__ = "photo"
    __table_args__ = (
        Index("ix_photo_reference", "reference"),
        Index("ix_photo_citizen_id", "citizen_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    reference: Mapped[str | None] = mapped_column(ForeignKey("service_request.reference"))
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int]
    at: Mapped[datetime]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    published_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
