"""The query on the signing secret."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bot.files.tables import SigningSecret
from bot.storage.transaction import Transaction

LINKS = "links"


async def signing_secret(tx: Transaction, now: datetime) -> str:
    """The secret of links; two services that start at once agree on it."""
    fresh = insert(SigningSecret).values(
        purpose=LINKS, secret=secrets.token_urlsafe(32), made_at=now
    )
    await tx.execute(fresh.on_conflict_do_nothing())
    result = await tx.execute(select(SigningSecret.secret).where(SigningSecret.purpose == LINKS))
    return str(result.scalar_one())
