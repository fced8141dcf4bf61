"""Canned answers and macros for one ticket: filled with what is known of it, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.answers import store
from bot.answers.deeds import Macro
from bot.answers.rules import Answer, Kind, Situation, fitness
from bot.answers.store import Entry
from bot.answers.variables import Filled, fill
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.conversations import store as conversations
from bot.handover import packet
from bot.handover import store as tickets
from bot.handover.counter import Counter
from bot.service_requests import store as requests
from bot.storage.transaction import Transaction
from bot.words.phrases import say

SAMPLE: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "adresse": "12 rue de la République",
        "agent": "Claire",
        "commune": "Oullins-Pierre-Bénite",
        "delai": "2 jours ouvrés",
        "demande": "2026-004217",
        "equipe": "équipe voirie",
        "reference": "2026-004302",
        "service": "chaussée dégradée",
    },
    "en": {
        "adresse": "12 rue de la République",
        "agent": "Claire",
        "commune": "Oullins-Pierre-Bénite",
        "delai": "2 working days",
        "demande": "2026-004217",
        "equipe": "roads team",
        "reference": "2026-004302",
        "service": "damaged road",
    },
}
"""An invented ticket, on which the settings show an answer. Who the citizen is, nobody knows."""


@dataclass(frozen=True)
class About:
    """A ticket as answers see it: `language` is its conversation's, `values` fill the variables."""

    ticket: RowMapping
    language: str
    situation: Situation
    values: Mapping[str, str]


@dataclass(frozen=True)
class Offered:
    """An answer filled for a ticket. `is_translated`: in the language of its conversation."""

    id: int
    code: str
    title: str
    filled: Filled
    is_translated: bool
    fits: bool


async def about(
    tx: Transaction, agent: Agent, reference: str, counter: Counter, now: datetime
) -> About:
    """What is known of a ticket: a sight of it, for the audit log too. Raises `NotFound` for one
    that is not theirs to see."""
    ticket = await tickets.check_visible(tx, agent, reference)
    await audit.record_sight(
        tx, agent.actor, Action.TICKET_SEEN, reference, now, commune=ticket["commune"]
    )
    conversation = await conversations.by_id(tx, ticket["conversation_id"])
    language = "en" if conversation["language"] == "en" else "fr"
    draft = await packet.form_of(tx, ticket, now)
    own = [
        row
        for row in await requests.of_citizen(tx, ticket["citizen_id"])
        if agent.sees(row.commune)
    ]
    last = max(own, key=lambda row: row.filed_at, default=None)
    code = draft.service or (last.service if last else None)
    service = None if code is None else counter.catalogue.find(code, ticket["commune"])
    days = None if service is None else service.target_delay_days
    known: dict[str, Any] = {
        "adresse": draft.address or (last.address if last else None),
        "agent": agent.name,
        "commune": counter.town(ticket["commune"]),
        "delai": days and counter.words.render(say("page.answers_days", n=days), language),
        "demande": last.reference if last else None,
        "equipe": counter.team(ticket["team"]).label.in_(language),
        "reference": reference,
        "service": service and service.short_label.in_(language),
    }
    return About(
        ticket,
        language,
        Situation(ticket["commune"], ticket["team"], ticket["subject"], code),
        {name: value for name, value in known.items() if value},
    )


async def answers(tx: Transaction, seen: About) -> list[Offered]:
    """What may be answered, best first: what is made for it, then what is used most."""
    ranked = []
    for entry in await store.usable(tx, Kind.ANSWER, seen.situation.commune):
        answer = Answer.from_json(entry.content)
        if answer.team in (None, seen.situation.team):
            ranked.append((fitness(answer, seen.situation), entry, answer))
    ranked.sort(key=lambda one: (-one[0], -one[1].uses, one[2].title.in_(seen.language)))
    return [_offered(entry, answer, seen, fits) for fits, entry, answer in ranked]


def _offered(entry: Entry, answer: Answer, seen: About, fits: int) -> Offered:
    language = seen.language
    return Offered(
        entry.id,
        entry.code,
        answer.title.in_(language),
        fill(answer.body.in_(language), seen.values),
        language == "fr" or bool(answer.body.en),
        fits > 0,
    )


async def macros(tx: Transaction, seen: About) -> Sequence[tuple[Entry, Macro]]:
    """What may be done in one press."""
    found = [
        (entry, Macro.from_json(entry.content))
        for entry in await store.usable(tx, Kind.MACRO, seen.situation.commune)
    ]
    fitting = [one for one in found if one[1].team in (None, seen.situation.team)]
    return sorted(fitting, key=lambda one: (-one[0].uses, one[1].title.in_(seen.language)))
