"""Signed-in browsers of agents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, not_, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.accounts import demand_store
from bot.accounts.agent_store import agent_of
from bot.accounts.rules import Agent
from bot.accounts.tables import AgentAccount, AgentSession
from bot.accounts.tokens import hash_of, new_token
from bot.storage.transaction import Transaction

LASTS = timedelta(hours=12)
"""However busy it is: a working day."""
IDLE = timedelta(hours=2)
"""Without a request, it is over: a desk was left."""
SEEN_EVERY = timedelta(minutes=1)
"""A request writes at most this often."""
ENROLS_WITHIN = timedelta(minutes=15)
"""Of a sign-in, for whoever owes a second factor: it is asked for who has just proven to be
there, not at a desk that was left."""
HANDLE_LENGTH = 16
HANDLE = re.compile(rf"[0-9a-f]{{{HANDLE_LENGTH}}}")
LONGEST_BROWSER = 80


@dataclass(frozen=True)
class OwnSession:
    """One of an agent's sessions. `handle` names it, and opens nothing."""

    handle: str
    browser: str
    created_at: datetime
    seen_at: datetime
    is_this_one: bool


async def open_session(
    tx: Transaction,
    agent: UUID,
    browser: str,
    now: datetime,
    *,
    id_token: str | None = None,
    has_other_factor: bool = False,
) -> str:
    """Sign a browser in; the secret token for its cookie. `id_token`: the provider's, sealed;
    `has_other_factor`: one that the provider asked for."""
    token = new_token()
    await tx.execute(
        insert(AgentSession).values(
            token_hash=hash_of(token),
            agent_id=agent,
            created_at=now,
            seen_at=now,
            expires_at=now + LASTS,
            browser=browser[:LONGEST_BROWSER],
            id_token=id_token,
            has_other_factor=has_other_factor,
        )
    )
    return token


async def agent_of_session(
    tx: Transaction, token: str, now: datetime, *, is_request: bool = True
) -> Agent | None:
    """Who holds that token, if it is good, the account is not disabled and no second factor is
    owed: every door of agents asks here. A role that was changed counts from the next request. What
    is no request does not keep the session alive."""
    hashed = hash_of(token)
    row = await _holder(tx, hashed, now, not_(_owes_factor()))
    if row is None:
        return None
    if is_request and now - row.seen_at >= SEEN_EVERY:
        await tx.execute(
            update(AgentSession).where(AgentSession.token_hash == hashed).values(seen_at=now)
        )
    return agent_of(row)


async def agent_who_owes(tx: Transaction, token: str, now: datetime) -> Agent | None:
    """Who holds that token and has only one thing to do, which is to set up the second factor that
    their role demands, `ENROLS_WITHIN` their sign-in."""
    is_fresh = AgentSession.created_at > now - ENROLS_WITHIN
    row = await _holder(tx, hash_of(token), now, and_(_owes_factor(), is_fresh))
    return None if row is None else agent_of(row)


def _owes_factor() -> ColumnElement[bool]:
    return and_(demand_store.is_owed(), not_(AgentSession.has_other_factor))


async def _holder(
    tx: Transaction, hashed: str, now: datetime, condition: ColumnElement[bool]
) -> Any | None:
    return (
        await tx.execute(
            select(
                AgentAccount.id,
                AgentAccount.name,
                AgentAccount.role,
                AgentAccount.communes,
                AgentAccount.teams,
                AgentSession.seen_at,
            )
            .join(AgentAccount, AgentAccount.id == AgentSession.agent_id)
            .where(
                AgentSession.token_hash == hashed,
                AgentSession.expires_at > now,
                AgentSession.seen_at > now - IDLE,
                AgentAccount.is_active,
                condition,
            )
        )
    ).one_or_none()


async def sessions_of(
    tx: Transaction, agent: UUID, now: datetime, token: str = ""
) -> list[OwnSession]:
    """An agent's sessions that are good, the last used first. `token`: of who asks."""
    rows = await tx.execute(
        select(
            AgentSession.token_hash,
            AgentSession.browser,
            AgentSession.created_at,
            AgentSession.seen_at,
        )
        .where(
            AgentSession.agent_id == agent,
            AgentSession.expires_at > now,
            AgentSession.seen_at > now - IDLE,
        )
        .order_by(AgentSession.seen_at.desc(), AgentSession.token_hash)
    )
    own = hash_of(token)
    return [
        OwnSession(
            row.token_hash[:HANDLE_LENGTH],
            row.browser,
            row.created_at,
            row.seen_at,
            row.token_hash == own,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Ended:
    """A session that was. `id_token`: the provider's, sealed."""

    agent: UUID
    id_token: str | None


async def end_session(tx: Transaction, token: str) -> Ended | None:
    """Sign out the browser that holds that token; None when it was signed in nowhere."""
    result = await tx.execute(
        delete(AgentSession)
        .where(AgentSession.token_hash == hash_of(token))
        .returning(AgentSession.agent_id, AgentSession.id_token)
    )
    row = result.one_or_none()
    return None if row is None else Ended(row.agent_id, row.id_token)


async def end_named(tx: Transaction, agent: UUID, handle: str) -> int:
    """Sign out one of an agent's browsers. Returns how many: one, or none of theirs is that."""
    if not HANDLE.fullmatch(handle):
        return 0
    result = await tx.execute(
        delete(AgentSession).where(
            AgentSession.agent_id == agent, AgentSession.token_hash.startswith(handle)
        )
    )
    return int(result.rowcount)


async def end_all(tx: Transaction, agent: UUID, but: str = "") -> int:
    """Sign out every browser of an agent, `but` the one that holds that token. Returns how many."""
    result = await tx.execute(
        delete(AgentSession).where(
            AgentSession.agent_id == agent, AgentSession.token_hash != hash_of(but)
        )
    )
    return int(result.rowcount)


async def drop_expired(tx: Transaction, until: datetime) -> int:
    """Forget sessions that ended. Returns how many."""
    result = await tx.execute(delete(AgentSession).where(AgentSession.expires_at <= until))
    return int(result.rowcount)
