"""The table of who has a conversation, as DESIGN draws it."""

from __future__ import annotations

import pytest

from bot.conversations.ownership import TRANSITIONS, Deed, after
from bot.conversations.rules import Owner
from bot.errors import Conflict


def test_every_owner_can_be_left_and_reached() -> None:
    assert {owner for owner, _ in TRANSITIONS} == set(Owner)
    assert set(TRANSITIONS.values()) == set(Owner)


@pytest.mark.parametrize(
    ("owner", "deed"),
    [
        (Owner.BOT, Deed.CLOSE),
        (Owner.BOT, Deed.GIVE_BACK),
        (Owner.AGENT, Deed.GIVE_UP),
        (Owner.CLOSED, Deed.RELEASE),
    ],
)
def test_a_step_that_is_not_in_the_table_is_refused(owner: Owner, deed: Deed) -> None:
    with pytest.raises(Conflict):
        after(owner, deed)


def test_a_citizen_may_always_write_and_always_ask() -> None:
    for owner in Owner:
        assert after(owner, Deed.WRITE) in Owner
        assert after(owner, Deed.ASK) is not Owner.BOT
