"""Citizens, agents, and the browser sessions that speak for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class Citizen(Base):
    """A person, known or not: what they file and follow hangs here."""

    __tablename__ = "citizen"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class WebSession(Base):
    """A visitor of a web page. Only hashes of tokens are kept.

    Our own pages keep the token in a cookie. The widget's script holds one that changes
    (`widget_sessions`), and that opens nothing from another origin; `id` stays.
    """

    __tablename__ = "web_session"
    __table_args__ = (
        Index("ix_web_session_expires_at", "expires_at"),
        Index("ix_web_session_previous_hash", "previous_hash"),
    )

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, server_default=text("gen_random_uuid()"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizen.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    origin: Mapped[str | None]  # of the pages that hold the token; None: it is a cookie
    commune: Mapped[str | None]  # INSEE code of the town whose site it is
    token_made_at: Mapped[datetime | None]  # when the token was first used
    next_hash: Mapped[str | None] = mapped_column(unique=True)  # given out, not used yet
    previous_hash: Mapped[str | None]  # still good in tabs that have not read the new one
    previous_until: Mapped[datetime | None]


class AgentAccount(Base):
    """Whoever answers citizens. A disabled account keeps its row: what it said stays signed.

    `totp_secret` is sealed (`sealing`): reading a code needs the secret itself. One of an older
    version, which is not, is at the next start.

    `oidc_subject` is who they are to the provider `oidc_issuer`, from their first sign-in with it
    on; only an account that `is_oidc_allowed` takes part.
    """

    __tablename__ = "agent_account"
    __table_args__ = (UniqueConstraint("oidc_issuer", "oidc_subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)  # an e-mail address, in lower case
    name: Mapped[str]  # the first name that citizens read
    role: Mapped[str]  # rules.Role
    communes: Mapped[list[str] | None] = mapped_column(ARRAY(String))  # INSEE codes; None: all
    teams: Mapped[list[str]] = mapped_column(ARRAY(String))  # codes of teams.yml; empty: all
    password_hash: Mapped[str]  # argon2id
    totp_secret: Mapped[str | None]  # None until the second factor is confirmed
    totp_step: Mapped[int | None]  # the last 30 s step that was accepted: a code serves once
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    is_oidc_allowed: Mapped[bool] = mapped_column(server_default=text("false"))
    oidc_issuer: Mapped[str | None]
    oidc_subject: Mapped[str | None]


class RecoveryCode(Base):
    """A code that signs its agent in once, in place of a second factor's. Only a hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_agent_id", "agent_id"),)

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agent_account.id"))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DemandedFactor(Base):
    """A role whose agents must have a second factor. Who demanded it is in the audit log."""

    __tablename__ = "demanded_factor"

    role: Mapped[str] = mapped_column(primary_key=True)  # rules.Role
    since: Mapped[datetime]


class AgentSession(Base):
    """A signed-in browser of an agent. Only a hash of the token is kept."""

    __tablename__ = "agent_session"
    __table_args__ = (
        Index("ix_agent_session_expires_at", "expires_at"),
        Index("ix_agent_session_agent_id", "agent_id"),
    )

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agent_account.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    browser: Mapped[str]  # its User-Agent, shortened: agents recognise their sessions by it
    has_other_factor: Mapped[bool] = mapped_column(server_default=text("false"))  # the provider's
    id_token: Mapped[str | None]  # the provider's, sealed: it ends the session there


class SignInAttempt(Base):
    """A failed sign-in, by login and by address; what slows guessing down across processes."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str]  # a hash of the login, or of the address
    at: Mapped[datetime]
