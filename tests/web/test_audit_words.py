"""Every action that the audit log may hold has its words: a line without them shuts the page."""

from __future__ import annotations

import pytest

from bot.web.agent.audit import ACTIONS, LISTS
from bot.words.phrases import say
from tests.turn.scripted import WORDS


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_said_in_both_languages(action: str, language: str) -> None:
    key = f"page.audit_did_{action.replace('.', '_')}"
    assert WORDS.render(say(key), language) != key


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_is_called_what_its_readers_call_it(name: str, language: str) -> None:
    key = f"page.desk_queue_{name}"
    assert WORDS.render(say(key), language) != key
