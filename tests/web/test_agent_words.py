"""What the agents' pages name by a code has words for every code there is: one without breaks the
whole list in which it stands."""

from __future__ import annotations

import pytest

from bot.audit.rules import Action, of_ticket
from bot.contacts.rules import Channel
from bot.handover import splitting
from bot.mirroring import builtin
from bot.open311 import rules as open311
from bot.tickets.rules import EventKind
from bot.words.phrases import say
from tests.turn.scripted import WORDS

ACTIONS = (*(one.value for one in Action), *(of_ticket(kind.value) for kind in EventKind))
CHANNELS = (
    *("web", "widget", "telegram", "email", "terminal"),
    *(channel.value for channel in Channel),
    *(splitting.CHANNEL, builtin.CHANNEL, open311.CHANNEL),
)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_line_of_the_audit_log_has_words(language: str) -> None:
    for action in ACTIONS:
        assert WORDS.render(say(f"page.audit_did_{action.replace('.', '_')}"), language)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_way_by_which_somebody_comes_has_a_name(language: str) -> None:
    for channel in CHANNELS:
        assert WORDS.render(say(f"page.desk_channel_{channel}"), language)
