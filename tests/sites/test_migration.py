"""The widget's columns come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, make_url, text

from bot.storage.schema import alembic_config
from tests.information.test_migration import plainly, shown


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database of its own."""
    plainly(database_url, "CREATE DATABASE widget_only")
    made = create_engine(make_url(database_url).set(database="widget_only"))
    yield made
    made.dispose()
    plainly(database_url, "DROP DATABASE widget_only WITH (FORCE)")


async def test_going_back_keeps_cookies_and_no_token_of_a_script(engine: Engine) -> None:
    config = alembic_config(shown(engine.url))
    await asyncio.to_thread(command.upgrade, config, "0019")
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(
            text(
                "INSERT INTO web_session (token_hash, citizen_id, created_at, expires_at, origin)"
                " VALUES ('cookie', gen_random_uuid(), now(), now(), NULL),"
                " ('token', gen_random_uuid(), now(), now(), 'self')"
            )
        )
    await asyncio.to_thread(command.downgrade, config, "0018")
    with engine.connect() as connection:
        left = list(connection.execute(text("SELECT token_hash FROM web_session")).scalars())
    assert left == ["cookie"]
    await asyncio.to_thread(command.upgrade, config, "0019")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT id, origin FROM web_session")).one()
    assert row.id is not None
    assert row.origin is None
