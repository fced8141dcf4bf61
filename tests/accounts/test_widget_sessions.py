"""The widget's tokens: each follows another without anybody being lost on the way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.accounts import store, widget_sessions
from bot.accounts.tables import WebSession
from bot.accounts.widget_sessions import Visit
from bot.errors import SignedOut
from bot.storage.transaction import Database
from tests.turn.scripted import now

SITE, OTHER = "https://www.oullins.example", "https://www.bron.example"
SECRET = "s" * 32
START = now()
NEXT_DAY = START + timedelta(days=1, minutes=1)


async def a_session(database: Database) -> tuple[str, Visit]:
    async with database.transaction() as tx:
        return await widget_sessions.open_visit(tx, SITE, None, START)


async def renewed(database: Database, token: str, at: datetime, origin: str = SITE) -> str | None:
    async with database.transaction() as tx:
        found = await widget_sessions.renew(tx, token, origin, None, SECRET, at)
    return None if found is None else found[0]


async def who(database: Database, token: str, at: datetime, origin: str = SITE) -> Visit | None:
    async with database.transaction() as tx:
        return await widget_sessions.visit_of(tx, token, origin, at)


async def test_a_young_token_stays(database: Database) -> None:
    token, visit = await a_session(database)
    assert await renewed(database, token, START + timedelta(hours=23)) == token
    assert await who(database, token, START + timedelta(hours=23)) == visit


async def test_an_old_token_is_followed_by_another(database: Database) -> None:
    token, visit = await a_session(database)
    following = await renewed(database, token, NEXT_DAY)
    assert following is not None
    assert following != token
    assert len(following) == len(token) == 43
    assert await who(database, following, NEXT_DAY) == visit


async def test_a_lost_answer_loses_nothing(database: Database) -> None:
    token, visit = await a_session(database)
    lost = await renewed(database, token, NEXT_DAY)
    much_later = NEXT_DAY + timedelta(days=3)
    assert await who(database, token, much_later) == visit  # the new one was never used
    assert await renewed(database, token, much_later) == lost


async def test_two_tabs_that_ask_at_once_get_the_same(database: Database) -> None:
    token, visit = await a_session(database)
    one, two = await renewed(database, token, NEXT_DAY), await renewed(database, token, NEXT_DAY)
    assert one == two
    assert await who(database, one or "", NEXT_DAY) == visit
    # The slower tab still has the old one, and gets the one that is in use by now.
    assert await renewed(database, token, NEXT_DAY + timedelta(minutes=4)) == one


async def test_a_replaced_token_is_good_for_five_minutes(database: Database) -> None:
    token, visit = await a_session(database)
    following = await renewed(database, token, NEXT_DAY)
    await who(database, following or "", NEXT_DAY)
    assert await who(database, token, NEXT_DAY + timedelta(minutes=4, seconds=59)) == visit
    late = NEXT_DAY + timedelta(minutes=5)
    assert await who(database, token, late) is None
    assert await renewed(database, token, late) is None
    assert await who(database, following or "", late) == visit


async def test_a_token_opens_nothing_from_another_origin(database: Database) -> None:
    token, _ = await a_session(database)
    assert await who(database, token, START, OTHER) is None
    assert await renewed(database, token, NEXT_DAY, OTHER) is None
    assert await renewed(database, token, NEXT_DAY) is not None


async def test_a_token_is_no_cookie_and_a_cookie_no_token(database: Database) -> None:
    token, _ = await a_session(database)
    async with database.transaction() as tx:
        cookie, _ = await store.open_session(tx, START)
        assert await store.citizen_of_session(tx, token, START) is None
    assert await who(database, cookie, START) is None


async def test_a_session_lasts_thirty_days_from_its_last_use(database: Database) -> None:
    token, visit = await a_session(database)
    assert await who(database, token, START + timedelta(days=29)) == visit
    assert await who(database, token, START + timedelta(days=58)) == visit
    assert await who(database, token, START + timedelta(days=89)) is None


async def test_only_hashes_are_kept(database: Database) -> None:
    token, visit = await a_session(database)
    following = await renewed(database, token, NEXT_DAY)
    async with database.transaction() as tx:
        row = (
            await tx.execute(select(WebSession.__table__).where(WebSession.id == visit.id))
        ).one()
    assert not {token, following} & {str(value) for value in row}


async def test_with_another_secret_nobody_is_lost(database: Database) -> None:
    token, visit = await a_session(database)
    await renewed(database, token, NEXT_DAY)  # its answer is lost, and the secret is changed
    async with database.transaction() as tx:
        found = await widget_sessions.renew(tx, token, SITE, None, "t" * 32, NEXT_DAY)
    assert found is not None
    assert await who(database, found[0], NEXT_DAY) == visit


async def test_speaking_prolongs_a_session_and_one_that_is_over_hears_nothing(
    database: Database,
) -> None:
    _, visit = await a_session(database)
    much_later = START + timedelta(days=29)
    async with database.transaction() as tx:
        assert await widget_sessions.speak_in(tx, visit.id, much_later) == visit.citizen_id
    async with database.transaction() as tx:
        again = START + timedelta(days=58)
        assert await widget_sessions.speak_in(tx, visit.id, again) == visit.citizen_id
        with pytest.raises(SignedOut):
            await widget_sessions.speak_in(tx, visit.id, START + timedelta(days=89))
