"""The group's tables come and go."""

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
    plainly(database_url, "CREATE DATABASE forum_only")
    made = create_engine(make_url(database_url).set(database="forum_only"))
    yield made
    made.dispose()
    plainly(database_url, "DROP DATABASE forum_only WITH (FORCE)")


async def test_going_back_keeps_the_copy_that_is_not_the_groups(engine: Engine) -> None:
    config = alembic_config(shown(engine.url))
    await asyncio.to_thread(command.upgrade, config, "0018")
    with engine.begin() as connection:
        # Rows by themselves: what they belong to is of no matter here.
        connection.execute(text("SET session_replication_role = replica"))
        for reference, backend in (("1", "forum"), ("1", "redmine"), ("2", "forum")):
            connection.execute(
                text(
                    "INSERT INTO ticket_mirror (reference, backend, sent_seq, sent_event, in_doubt,"
                    " failures, next_at, withheld)"
                    " VALUES (:reference, :backend, 0, 0, false, 0, now(), 0)"
                ),
                {"reference": reference, "backend": backend},
            )
        connection.execute(text("INSERT INTO ticket_pull VALUES ('forum', NULL, now())"))
        connection.execute(text("INSERT INTO forum_agent VALUES (1, NULL, now())"))
    await asyncio.to_thread(command.downgrade, config, "0017")
    await asyncio.to_thread(command.downgrade, config, "0016")
    with engine.connect() as connection:
        left = connection.execute(text("SELECT reference, backend FROM ticket_mirror")).all()
        assert [tuple(one) for one in left] == [("1", "redmine")]
        assert connection.execute(text("SELECT count(*) FROM ticket_pull")).scalar_one() == 0
