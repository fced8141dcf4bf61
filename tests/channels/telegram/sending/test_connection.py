"""Whether Telegram works, told by what it is used for."""

from __future__ import annotations

import pytest
from aiogram.exceptions import TelegramConflictError, TelegramNetworkError
from aiogram.methods import GetMe

from bot.channels.telegram.connection import Connection

CONFLICT = TelegramConflictError(method=GetMe(), message="Conflict")
AWAY = TelegramNetworkError(method=GetMe(), message="refused")


def test_what_works_says_nothing_of_what_does_not(caplog: pytest.LogCaptureFixture) -> None:
    connection = Connection(None)
    for _ in range(5):
        with pytest.raises(TelegramConflictError), connection.watched("taking in"):
            raise CONFLICT
        with connection.watched("sending"):
            pass
        assert connection.trouble == "somebody else takes this bot's updates"
    with connection.watched("taking in"):
        pass
    assert connection.trouble is None
    assert len(caplog.records) == 2


def test_an_outage_of_everything_is_one_line_at_its_start_and_one_at_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = Connection(None)
    for purpose in ("sending", "taking in", "sending"):
        connection.fails(AWAY, purpose)
    assert connection.trouble == "the Bot API cannot be reached"
    connection.works("sending")
    assert [connection.trouble] == ["the Bot API cannot be reached"]
    connection.works("taking in")
    assert [connection.trouble] == [None]
    assert len(caplog.records) == 2


def test_two_troubles_are_both_told() -> None:
    connection = Connection(None)
    connection.fails(CONFLICT, "taking in")
    connection.fails(AWAY, "sending")
    assert connection.trouble == (
        "somebody else takes this bot's updates; the Bot API cannot be reached"
    )
    connection.ends("sending")
    assert connection.trouble == "somebody else takes this bot's updates"
