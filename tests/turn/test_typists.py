"""Who is typing is known for seconds, and by whoever listens."""

from __future__ import annotations

import json
from uuid import uuid4

from bot.conversations.typists import CITIZEN, LASTS_S, Typing, Typist

CLAIRE = Typist("1", "Claire")


def told(conversation: object, typist: Typist, *, is_typing: bool = True) -> str:
    parts = {"agent": typist.agent, "name": typist.name, "is_typing": is_typing}
    return json.dumps({"conversation": str(conversation), **parts})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_somebody_who_stops_typing_is_forgotten() -> None:
    clock, here = Clock(), uuid4()
    typing = Typing(clock)
    assert typing.hear(told(here, CLAIRE)) == here
    clock.now = LASTS_S - 1
    typing.hear(told(here, CITIZEN))
    assert typing.who(here) == (CLAIRE, CITIZEN)
    assert typing.ends_in_s(here) == 1
    clock.now = LASTS_S
    assert typing.who(here) == (CITIZEN,)
    clock.now = 2 * LASTS_S
    assert typing.who(here) == ()
    assert typing.ends_in_s(here) is None


def test_what_was_sent_is_no_longer_typed() -> None:
    typing, here = Typing(Clock()), uuid4()
    typing.hear(told(here, CLAIRE))
    typing.hear(told(here, CLAIRE, is_typing=False))
    typing.hear(told(uuid4(), CITIZEN))
    assert typing.who(here) == ()
