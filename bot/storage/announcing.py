"""Announcements to every process on the database, made when a transaction commits."""

from __future__ import annotations

from sqlalchemy import func, select

from bot.storage.transaction import Transaction

SETTINGS = "settings"
"""The channel on which it is said that something set in the pages has changed."""


async def announce_settings(tx: Transaction) -> None:
    """Whoever keeps settings in memory reads them again, here and in other processes."""
    await tx.execute(select(func.pg_notify(SETTINGS, "")))
