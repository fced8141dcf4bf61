"""What no page of agents sends: requests that mix one's own town with another's things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from bot.accounts.rules import Agent, Role
from tests.web.agent_rows import SETTINGS, Asked, some_id
from tests.web.agent_town import TOPIC
from tests.web.agent_worlds import World


@dataclass(frozen=True)
class Attack:
    """`statuses`: what it may end in."""

    name: str
    method: str
    asks: Callable[[World, World, Agent], Asked]
    statuses: frozenset[int]
    role: Role = Role.COMMUNE_ADMINISTRATOR


def mixed(
    name: str, what: str, body: Callable[[World, World], dict[str, Any]], *statuses: int
) -> Attack:
    """A deed on one's own ticket that names something of the other town's."""

    def asks(own: World, other: World, _: Agent) -> Asked:
        path = what.format(own=own, other=other)
        return Asked(
            f"/agent/api/tickets/{own.reference}{path}", {"id": some_id(), **body(own, other)}
        )

    return Attack(name, "POST", asks, frozenset(statuses))


def without_id(
    name: str, what: str, body: Callable[[World, World], dict[str, Any]], *statuses: int
) -> Attack:
    def asks(own: World, other: World, _: Agent) -> Asked:
        path = what.format(own=own, other=other)
        return Asked(f"/agent/api/tickets/{own.reference}{path}", body(own, other))

    return Attack(name, "POST", asks, frozenset(statuses))


def looked(name: str, path: str, *statuses: int, role: Role = Role.COMMUNE_ADMINISTRATOR) -> Attack:
    return Attack(
        name,
        "GET",
        lambda own, other, agent: Asked(path.format(own=own, other=other, agent=agent)),
        frozenset(statuses),
        role,
    )


def sent(
    name: str, path: str, fields: Callable[[World, World], dict[str, str]], *statuses: int
) -> Attack:
    return Attack(
        name,
        "POST",
        lambda own, other, agent: Asked(
            path.format(own=own, other=other, agent=agent), form=fields(own, other)
        ),
        frozenset(statuses),
    )


def bulk(name: str, what: Callable[[World], dict[str, Any]], *references: str) -> Attack:
    def asks(own: World, other: World, _: Agent) -> Asked:
        named = [one.format(own=own, other=other) for one in references]
        tickets = [{"reference": one} for one in named]
        return Asked("/agent/api/bulk", {"id": some_id(), "tickets": tickets, "deed": what(other)})

    return Attack(name, "POST", asks, frozenset({200}))


def upper(which: UUID) -> str:
    return str(which).upper()


def bare(which: UUID) -> str:
    return quote("{" + which.hex + "}")


def own_automation(own: World, other: World, **more: str) -> dict[str, str]:
    return {
        "title": "Règle",
        "when": "opened",
        "note": "à voir",
        f"towns-{own.commune}": "yes",
        **more,
    }


BOTH = ("{own.reference}", "{other.reference}")
MIXED = [
    mixed("merged into another town's", "/merge", lambda _, other: {"into": other.reference}, 404),
    mixed("macro of another town", "/macros/{other.macro}", lambda _, __: {"version": 1}, 404),
    mixed(
        "another town's note hidden through one's own ticket",
        "/redact",
        lambda _, other: {"note": other.note},
        404,
    ),
    without_id(
        "assigned to an agent of another town",
        "/assign",
        lambda _, other: {"to": str(other.colleague.id)},
        404,
    ),
    without_id("answer of another town", "/answers/{other.answer}/chosen", lambda _, __: {}, 404),
    without_id(
        "another town's original through one's own ticket",
        "/original",
        lambda _, other: {"redaction": str(other.redaction), "why": "une réclamation"},
        404,
    ),
    without_id(
        "another town's request put right",
        "/correct",
        lambda _, other: {
            "seq": 1,
            "intent": "file_request",
            "service": "pothole",
            "request": other.request,
        },
        404,
    ),
    bulk("bulk of both towns", lambda _: {"kind": "priority", "priority": "urgent"}, *BOTH),
    bulk("bulk close of both towns", lambda _: {"kind": "close"}, *BOTH),
    bulk("bulk transfer of both towns", lambda _: {"kind": "transfer", "team": "voirie"}, *BOTH),
    bulk(
        "bulk to an agent of another town",
        lambda other: {"kind": "assign", "to": str(other.colleague.id)},
        *BOTH,
    ),
    looked(
        "photo through one's own ticket",
        "/agent/api/tickets/{own.reference}/photos/{other.photo}",
        404,
    ),
    looked(
        "file through one's own ticket",
        "/agent/api/tickets/{own.reference}/attachments/{other.attachment}",
        404,
    ),
    looked("filtered by another town", f"/agent/api/search?q={TOPIC}+ville:bron", 200),
    looked("filtered by another town alone", "/agent/api/search?q=ville:bron", 200),
    looked("filtered by nothing but a state", "/agent/api/search?q=état:ouvert", 200),
    looked("figures of another town", "/agent/figures?town={other.commune}", 403),
    looked("history of another town", "/agent/figures/history?town={other.commune}", 403),
    looked(
        "list of another town", "/agent/figures/list?of=misunderstood&town={other.commune}", 403
    ),
    looked("file of another town", "/agent/figures/csv/people?town={other.commune}", 403),
    looked(
        "list of another town's agent",
        "/agent/figures/list?of=held&holder={other.colleague.id}",
        200,
    ),
    looked("contact form of another town", "/agent/contacts/new?town={other.commune}", 200),
    looked(
        "answer begun from another town's", f"{SETTINGS}/answers/new?from={{other.answer}}", 404
    ),
    looked("a page with another town's ticket", "/agent?queue=all&ticket={other.lead}", 404),
    looked("a stream of another town's ticket", "/agent/api/events?ticket={other.lead}", 404),
    looked("an answer asked for as a macro", f"{SETTINGS}/macros/{{other.answer}}", 404),
    sent(
        "one's own absence page removes another's",
        f"{SETTINGS}/members/{{agent.id}}/absences/remove",
        lambda _, other: {"absence": str(other.absence)},
        404,
    ),
    sent(
        "a session of another town's agent ended as one's own",
        "/agent/account/sessions",
        lambda _, other: {"session": other.handle},
        303,
    ),
    sent(
        "a session of another town's agent ended as a colleague's",
        f"{SETTINGS}/accounts/{{own.colleague.id}}/sessions",
        lambda _, other: {"session": other.handle},
        303,
    ),
    sent(
        "tried on another town",
        f"{SETTINGS}/automations/new/try",
        lambda own, other: {**own_automation(own, other), f"towns-{other.commune}": "yes"},
        400,
    ),
    sent(
        "an automation for every town",
        f"{SETTINGS}/automations/new",
        lambda _, __: {"title": "Règle", "when": "opened", "note": "à voir"},
        400,
    ),
    sent(
        "another town's automation made one's own",
        f"{SETTINGS}/automations/{{other.automation}}",
        own_automation,
        404,
    ),
    sent(
        "an automation that gives to another town's agent",
        f"{SETTINGS}/automations/new",
        lambda own, other: own_automation(own, other, assign=str(other.colleague.id)),
        400,
    ),
]


def spelt(
    method: str, name: str, path: Callable[[World, Callable[[UUID], str]], str]
) -> list[Attack]:
    """The same id, written otherwise."""
    return [
        Attack(
            f"{how} id of {name}",
            method,
            lambda _, other, __, spell=spell: Asked(path(other, spell)),  # type: ignore[misc]
            frozenset({404}),
        )
        for how, spell in (("upper-case", upper), ("bare", bare))
    ]


ATTACKS = [
    *MIXED,
    *spelt("GET", "a contact", lambda other, spell: f"/agent/contacts/{spell(other.contact)}"),
    *spelt(
        "GET",
        "a conversation",
        lambda other, spell: f"/agent/api/conversations/{spell(other.held)}",
    ),
    *spelt(
        "GET", "an account", lambda other, spell: f"{SETTINGS}/accounts/{spell(other.colleague.id)}"
    ),
    *spelt(
        "GET", "a member", lambda other, spell: f"{SETTINGS}/members/{spell(other.colleague.id)}"
    ),
    *spelt(
        "GET",
        "an automation",
        lambda other, spell: f"{SETTINGS}/automations/{spell(other.automation)}",
    ),
]
