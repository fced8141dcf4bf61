"""The agents' doors as a table: whom each serves, a valid request to it, and what it is about.

A new door is a new row of `agent_api_rows.py` or `agent_page_rows.py`; `test_agent_access.py` asks
it as every role, about one's own town and about another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from bot.accounts.rules import Agent, Role
from tests.web.agent_worlds import World

DONE = frozenset({200, 204, 303})
REFUSED = frozenset({403, 404})
SETTINGS = "/agent/settings"
SUPERVISOR, ADMINISTRATOR = Role.SUPERVISOR, Role.COMMUNE_ADMINISTRATOR
GOVERNOR = Role.METROPOLIS_ADMINISTRATOR


@dataclass(frozen=True)
class Asked:
    """What is sent: `form` as a page posts it, `json` as a script does."""

    path: str
    json: dict[str, Any] | None = None
    form: dict[str, str] | None = None

    @property
    def parts(self) -> dict[str, Any]:
        return {
            **({} if self.json is None else {"json": self.json}),
            **({} if self.form is None else {"data": self.form}),
        }


Asks = Callable[[World, Agent], Asked]


@dataclass(frozen=True)
class Row:
    """A door. `asks`: a valid request about something of a world, by an agent; `least`: the role
    from which on it serves.

    `about`: what of the world it names, nothing for a list or one's own; `shows`: the answer holds
    the world's mark; `spends`: what of the world it
    uses up (`agent_worlds.with_another`); `is_open`: it asks nobody
    to be signed in. `own`, `foreign`: the statuses of one's own town and of another's, where they
    are not the usual ones."""

    method: str
    route: str
    asks: Asks
    about: str = ""
    least: Role = Role.AGENT
    shows: bool = False
    spends: str = ""
    is_open: bool = False
    own: frozenset[int] = DONE
    foreign: frozenset[int] = frozenset({404})
    name: str = field(default="")

    @property
    def id(self) -> str:
        return f"{self.method} {self.route}{' ' if self.name else ''}{self.name}"

    @property
    def is_api(self) -> bool:
        return self.route.startswith("/agent/api/") or self.route == "/agent/figures/live"


def some_id() -> str:
    return uuid4().hex


def page(path: str, route: str = "", **more: Any) -> Row:
    return Row(
        "GET",
        route or path.split("?", maxsplit=1)[0],
        lambda world, agent: Asked(path.format(world=world, agent=agent)),
        **more,
    )


def form(
    path: str,
    fields: Callable[[World, Agent], dict[str, str]] | None = None,
    route: str = "",
    **more: Any,
) -> Row:
    return Row(
        "POST",
        route or path.split("?", maxsplit=1)[0],
        lambda world, agent: Asked(
            path.format(world=world, agent=agent),
            form={} if fields is None else fields(world, agent),
        ),
        **more,
    )
