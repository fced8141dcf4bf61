"""Sessions of the widget: a token in a script's hands, which changes while it is used.

A token in use for a day is followed by another. The new one is made out of the old one and our
secret, so whoever asks again, or asks at the same time in another tab, gets the same. It takes over
when it is used for the first time; from then on the old one is good for `OLD_GOOD_FOR`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from bot.accounts.store import SESSION_LASTS, new_citizen
from bot.accounts.tables import WebSession
from bot.accounts.tokens import hash_of, new_token, successor_of
from bot.errors import SignedOut
from bot.storage.transaction import Transaction

FOLLOWED_AFTER = timedelta(days=1)
OLD_GOOD_FOR = timedelta(minutes=5)
PROLONGED_EVERY = timedelta(hours=1)
"""A use writes at most this often."""


@dataclass(frozen=True)
class Visit:
    """An open session. `commune`: INSEE code of the town whose site it is."""

    id: UUID
    citizen_id: UUID
    commune: str | None


async def open_visit(
    tx: Transaction, origin: str, commune: str | None, now: datetime
) -> tuple[str, Visit]:
    """A new visitor: the secret token, which opens nothing from another origin."""
    citizen_id = await new_citizen(tx, now)
    return await open_visit_of(tx, citizen_id, origin, commune, now)


async def open_visit_of(
    tx: Transaction, citizen_id: UUID, origin: str, commune: str | None, now: datetime
) -> tuple[str, Visit]:
    """A page that speaks for somebody we know."""
    token, visit = new_token(), Visit(uuid4(), citizen_id, commune)
    await tx.execute(
        insert(WebSession).values(
            token_hash=hash_of(token),
            id=visit.id,
            citizen_id=citizen_id,
            created_at=now,
            expires_at=now + SESSION_LASTS,
            origin=origin,
            commune=commune,
            token_made_at=now,
        )
    )
    return token, visit


async def visit_of(tx: Transaction, token: str, origin: str, now: datetime) -> Visit | None:
    """Whose token that is, if it is good and was made for that origin; this is a use of it."""
    row = await _found(tx, _holding(token, origin, now))
    if row is None:
        return None
    await _use(tx, row, hash_of(token), now)
    return Visit(row["id"], row["citizen_id"], row["commune"])


async def renew(
    tx: Transaction, token: str, origin: str, commune: str | None, secret: str, now: datetime
) -> tuple[str, Visit] | None:
    """The token to use from now on, the same one while it is young; None for one that is good for
    nothing. `commune` replaces the session's unless it is None."""
    row = await _found(tx, _holding(token, origin, now).with_for_update())
    if row is None:
        return None
    hashed = hash_of(token)
    await _use(tx, row, hashed, now)
    if commune is not None and commune != row["commune"]:
        await _set(tx, row["id"], commune=commune)
    visit = Visit(row["id"], row["citizen_id"], commune or row["commune"])
    is_young = now - row["token_made_at"] < FOLLOWED_AFTER
    if hashed == row["next_hash"] or (hashed == row["token_hash"] and is_young):
        return token, visit
    follower = successor_of(token, secret)
    if hash_of(follower) not in {row["token_hash"], row["next_hash"]}:
        await _set(tx, row["id"], next_hash=hash_of(follower))
    return follower, visit


async def citizen_in(tx: Transaction, visit_id: UUID, now: datetime) -> UUID | None:
    """Who is behind a session that is still open: somebody else once two citizens were merged."""
    result = await tx.execute(
        select(WebSession.citizen_id).where(WebSession.id == visit_id, WebSession.expires_at > now)
    )
    return result.scalar_one_or_none()


async def speak_in(tx: Transaction, visit_id: UUID, now: datetime) -> UUID:
    """The same for one that something is said in, which is a use of it. Until the transaction ends,
    the session does not. Raises `SignedOut`."""
    # Against its deletion only: who changes the row (another use, a merge) need not wait.
    holding = (
        select(WebSession.__table__)
        .where(WebSession.id == visit_id, WebSession.expires_at > now)
        .with_for_update(read=True, key_share=True)
    )
    row = await _found(tx, holding)
    if row is None:
        raise SignedOut("session")
    await _prolong(tx, row, now)
    return UUID(str(row["citizen_id"]))


async def end_visit(tx: Transaction, visit_id: UUID) -> None:
    """Its tokens are good for nothing from now on."""
    await tx.execute(delete(WebSession).where(WebSession.id == visit_id))


def _holding(token: str, origin: str, now: datetime) -> Select[Any]:
    hashed = hash_of(token)
    is_good = or_(
        WebSession.token_hash == hashed,
        WebSession.next_hash == hashed,
        and_(WebSession.previous_hash == hashed, WebSession.previous_until > now),
    )
    return select(WebSession.__table__).where(
        is_good, WebSession.expires_at > now, WebSession.origin == origin
    )


async def _found(tx: Transaction, query: Select[Any]) -> RowMapping | None:
    row: RowMapping | None = (await tx.execute(query)).mappings().one_or_none()
    return row


async def _use(tx: Transaction, row: RowMapping, hashed: str, now: datetime) -> None:
    if hashed == row["next_hash"]:
        await tx.execute(
            update(WebSession)
            .where(WebSession.id == row["id"], WebSession.next_hash == hashed)
            .values(
                token_hash=hashed,
                token_made_at=now,
                next_hash=None,
                previous_hash=row["token_hash"],
                previous_until=now + OLD_GOOD_FOR,
                expires_at=now + SESSION_LASTS,
            )
        )
    else:
        await _prolong(tx, row, now)


async def _prolong(tx: Transaction, row: RowMapping, now: datetime) -> None:
    if row["expires_at"] - now < SESSION_LASTS - PROLONGED_EVERY:
        await _set(tx, row["id"], expires_at=now + SESSION_LASTS)


async def _set(tx: Transaction, visit_id: UUID, **values: Any) -> None:
    await tx.execute(update(WebSession).where(WebSession.id == visit_id).values(**values))
