"""Citizens and web sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.accounts.tables import Citizen, WebSession
from bot.accounts.tokens import hash_of, new_token
from bot.storage.transaction import Transaction

SESSION_LASTS = timedelta(days=30)


async def new_citizen(tx: Transaction, now: datetime, citizen_id: UUID | None = None) -> UUID:
    """A person we know nothing of yet; `citizen_id` names them where that matters."""
    citizen_id = citizen_id or uuid4()
    await tx.execute(insert(Citizen).values(id=citizen_id, created_at=now))
    return citizen_id


async def open_session(tx: Transaction, now: datetime) -> tuple[str, UUID]:
    """A new visitor: the secret token for their cookie, and who they are to us."""
    citizen_id = await new_citizen(tx, now)
    return await open_session_of(tx, citizen_id, now), citizen_id


async def open_session_of(tx: Transaction, citizen_id: UUID, now: datetime) -> str:
    """A browser that speaks for somebody we know; the secret token for its cookie."""
    token = new_token()
    await tx.execute(
        insert(WebSession).values(
            token_hash=hash_of(token),
            citizen_id=citizen_id,
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    return token


async def citizen_of_session(tx: Transaction, token: str, now: datetime) -> UUID | None:
    """Who holds that cookie, if it is good; its life is prolonged once a day."""
    hashed = hash_of(token)
    row = (
        await tx.execute(
            select(WebSession.citizen_id, WebSession.expires_at).where(
                WebSession.token_hash == hashed,
                WebSession.expires_at > now,
                WebSession.origin.is_(None),  # a token of the widget is no cookie
            )
        )
    ).one_or_none()
    if row is None:
        return None
    if row.expires_at - now < SESSION_LASTS - timedelta(days=1):
        await tx.execute(
            update(WebSession)
            .where(WebSession.token_hash == hashed)
            .values(expires_at=now + SESSION_LASTS)
        )
    return UUID(str(row.citizen_id))


async def drop_expired_sessions(tx: Transaction, now: datetime) -> int:
    """Forget sessions that ended. Returns how many."""
    result = await tx.execute(delete(WebSession).where(WebSession.expires_at <= now))
    return int(result.rowcount)
