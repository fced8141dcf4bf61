"""At a start: the secrets of second factors sealed with today's secret."""

from __future__ import annotations

import logging

from bot.accounts import agent_store
from bot.accounts.sealing import Broken, Seals
from bot.storage.transaction import Transaction

logger = logging.getLogger(__name__)


async def reseal(tx: Transaction, seals: Seals) -> int:
    """Seal what an older version kept as it was, or what the secret before today's opens. Returns
    how many cannot be read any more: their agents cannot sign in, and the log says what to do."""
    unreadable = 0
    for agent, kept in await agent_store.secrets_of_factors(tx):
        if seals.is_current(kept):
            continue
        try:
            secret = seals.open(kept, str(agent))
        except Broken:
            unreadable += 1
        else:
            await agent_store.seal_factor(tx, agent, seals.seal(secret, str(agent)))
    if unreadable:
        logger.warning(
            "second factors: %d were sealed with another secret than GUICHET_SECRET, and their "
            "agents cannot sign in. Start once with the old one as GUICHET_SECRET_BEFORE, or reset "
            "them: ./guichet admin users reset-second-factor LOGIN",
            unreadable,
        )
    return unreadable
