"""What a role and its towns let an agent see."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bot.accounts.rules import Agent, Role

OULLINS, LYON = "69149", "69123"


def an_agent(role: Role = Role.AGENT, communes: frozenset[str] | None = None) -> Agent:
    return Agent(uuid4(), "Claire", role, communes)


def test_an_agent_sees_their_towns_and_no_other() -> None:
    agent = an_agent(communes=frozenset({OULLINS}))
    assert agent.sees(OULLINS)
    assert not agent.sees(LYON)


def test_what_names_no_town_is_seen_by_those_who_serve_every_one() -> None:
    assert an_agent(communes=None).sees(None)
    assert not an_agent(communes=frozenset({OULLINS})).sees(None)


def test_an_agent_of_no_town_sees_nothing() -> None:
    assert not an_agent(communes=frozenset()).sees(OULLINS)


@pytest.mark.parametrize("role", Role)
def test_a_role_does_not_widen_what_is_seen(role: Role) -> None:
    agent = an_agent(role, frozenset({OULLINS}))
    assert [agent.sees(commune) for commune in (OULLINS, LYON, None)] == [True, False, False]


def test_everybody_leads_but_agents() -> None:
    assert [role for role in Role if not an_agent(role).leads] == [Role.AGENT]
