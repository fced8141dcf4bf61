"""The rows of the doors under `/agent/api`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from bot.accounts.rules import Agent
from bot.storage.tables import utc_now
from tests.handover.builders import CATALOGUE
from tests.web.agent_rows import ADMINISTRATOR, SUPERVISOR, Asked, Row, some_id
from tests.web.agent_town import TOPIC
from tests.web.agent_worlds import World

TICKET = "/agent/api/tickets/{reference}"
SIZE = CATALOGUE.service("pothole").field("size").choices[0].label.fr


def of_ticket(what: str, path: str = "", **more: Any) -> Row:
    """One that tells."""

    def asks(world: World, _: Agent) -> Asked:
        at = (path or what).format(world=world)
        return Asked(f"/agent/api/tickets/{world.reference}{at}")

    return Row("GET", TICKET + what, asks, "ticket", **more)


def deed(what: str, body: Callable[[World, Agent], dict[str, Any]], **more: Any) -> Row:
    """One that does something. `at`: with which ticket of the world."""
    at, path = more.pop("at", "reference"), more.pop("path", what)

    def asks(world: World, agent: Agent) -> Asked:
        reference = getattr(world, at)
        to = f"/agent/api/tickets/{reference}{path.format(world=world)}"
        return Asked(to, json=body(world, agent))

    return Row("POST", TICKET + what, asks, "ticket", **more)


def said(**values: Any) -> Callable[[World, Agent], dict[str, Any]]:
    return lambda _, __: {"id": some_id(), **values}


def api(path: str, route: str = "", **more: Any) -> Row:
    """One that tells, under `/agent/api`."""
    return Row(
        "GET",
        f"/agent/api{route or path.split('?', maxsplit=1)[0]}",
        lambda world, _: Asked(f"/agent/api{path.format(world=world)}"),
        **more,
    )


def post(
    path: str, body: Callable[[World, Agent], dict[str, Any]], route: str = "", **more: Any
) -> Row:
    return Row(
        "POST",
        f"/agent/api{route or path}",
        lambda world, agent: Asked(f"/agent/api{path.format(world=world)}", body(world, agent)),
        **more,
    )


def tomorrow() -> str:
    return (utc_now() + timedelta(days=1)).isoformat()


HOUSES = count(1)


def elsewhere(world: World, _: Agent) -> dict[str, Any]:
    """Another place of the same town, each time."""
    return {
        "id": some_id(),
        "request": world.request,
        "address": f"{next(HOUSES)} rue de la République",
        "commune": world.commune,
    }


TICKETS = [
    of_ticket("", shows=True),
    of_ticket("/suggestions"),
    of_ticket("/colleagues", shows=True),
    of_ticket("/photos/{photo}", "/photos/{world.photo}"),
    of_ticket("/attachments/{attachment}", "/attachments/{world.attachment}", shows=True),
    of_ticket("/mergeable", shows=True),
    of_ticket("/at-hand", shows=True),
    of_ticket("/draft"),
    deed("/reply", said(text="Bonjour"), spends="ticket"),
    deed("/note", said(text="à voir")),
    deed("/assign", lambda _, agent: {"to": str(agent.id)}, spends="ticket"),
    deed("/transfer", said(team="voirie"), spends="ticket"),
    deed("/priority", said(priority="urgent")),
    deed("/give-back", said(), spends="ticket"),
    deed("/close", said(), spends="ticket"),
    deed("/reopen", said(), at="closed", spends="closed"),
    deed("/fill", lambda _, __: {"field": "size", "text": SIZE}, spends="form"),
    deed("/typing", lambda _, __: {}),
    deed("/read", lambda _, __: {"seq": 1}),
    deed("/redact", lambda world, _: {"id": some_id(), "note": world.note}, spends="note"),
    deed(
        "/original",
        lambda world, _: {"redaction": str(world.redaction), "why": "une réclamation"},
        least=ADMINISTRATOR,
        shows=True,
    ),
    deed("/correct", lambda world, _: {"seq": world.seq, "intent": "ask_information"}),
    deed("/merge", lambda world, _: {"id": some_id(), "into": world.alike}, spends="ticket"),
    deed("/unmerge", said(), at="merged", spends="merged"),
    deed("/split", lambda world, _: {"id": some_id(), "seqs": [1], "team": "voirie"}, shows=False),
    deed("/snooze", lambda _, __: {"id": some_id(), "until": tomorrow()}, spends="ticket"),
    deed("/tags", said(add=["rappel"])),
    deed("/answers/{answer}/chosen", lambda _, __: {}, path="/answers/{world.answer}/chosen"),
    deed("/macros/{macro}", said(version=1), path="/macros/{world.macro}"),
    deed("/draft", lambda _, __: {"mode": "reply", "text": "Bonjour"}),
    deed("/places", lambda world, _: {"request": world.request, "commune": world.commune}),
    deed("/move", elsewhere),
    deed(
        "/state",
        lambda world, _: {"id": some_id(), "request": world.request, "state": "in_progress"},
        own=frozenset({204, 409}),  # it is so already, once somebody has done it
    ),
    deed("/let-be", said(taking="t-1"), own=frozenset({409})),
]


def several(world: World, _: Agent) -> dict[str, Any]:
    return {
        "id": some_id(),
        "tickets": [{"reference": world.reference}, {"reference": world.alike}],
        "deed": {"kind": "tags", "add": ["rappel"], "remove": []},
    }


DESK = [
    api("/queue?queue=snoozed", shows=True),
    api("/queue?queue=assistant", name="assistant"),
    api("/queue?queue=closed", name="closed"),
    api("/queue?queue=reports&order=newest", name="reports"),
    api("/teams"),
    api(f"/search?q={TOPIC}"),
    api(
        "/search?q={world.reference}",
        about="ticket",
        shows=True,
        foreign=frozenset({200}),
        name="reference",
    ),
    api(
        "/search?q={world.request}",
        about="request",
        shows=True,
        foreign=frozenset({200}),
        name="request",
    ),
    api("/tags", shows=True),
    api(
        "/conversations/{world.held}",
        "/conversations/{conversation}",
        about="conversation",
        shows=True,
    ),
    api(
        "/conversations/{world.talk}/photos/{world.photo}",
        "/conversations/{conversation}/photos/{photo}",
        about="conversation",
    ),
    api(
        "/conversations/{world.talk}/attachments/{world.attachment}",
        "/conversations/{conversation}/attachments/{attachment}",
        about="conversation",
        shows=True,
    ),
    post(
        "/conversations/{world.held}/take-on",
        lambda _, __: {"id": some_id()},
        "/conversations/{conversation}/take-on",
        about="conversation",
        spends="held",
    ),
    post(
        "/conversations/{world.held}/pull",
        lambda _, __: {},
        "/conversations/{conversation}/pull",
        about="conversation",
        spends="held",
    ),
    api("/filters", shows=True),
    post(
        "/filters",
        lambda _, __: {"id": str(uuid4()), "name": "À rappeler", "words": "étiquette:rappel"},
    ),
    post(
        "/filters/{world.filter}/rename",
        lambda world, _: {"name": f"99 {world.mark}"},
        "/filters/{filter}/rename",
        about="saved filter",
        least=SUPERVISOR,
    ),
    post(
        "/filters/{world.filter}/remove",
        lambda _, __: {},
        "/filters/{filter}/remove",
        about="saved filter",
        least=SUPERVISOR,
        spends="filter",
    ),
    post("/bulk", several, about="ticket", foreign=frozenset({200})),
    post("/bulk/preview", several, about="ticket", foreign=frozenset({200})),
    api("/queue?queue=cited", name="cited"),
    api("/alerts"),
    post(
        "/alerts",
        lambda _, __: {"new": "none", "answer": "shown", "mention": "sounded", "due": "none"},
    ),
    api("/meanings"),
    api("/events?queue=snoozed&ticket={world.reference}", about="ticket", shows=True),
]

API = [*TICKETS, *DESK]
