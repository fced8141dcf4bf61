"""Automations as data: JSON in the database, YAML in the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.automations.conditions import Automation, Closing, Conditions, Deeds, When
from bot.errors import Invalid
from bot.services.rules import Text
from bot.tickets.rules import Priority

LISTS = ("towns", "teams", "services", "channels", "priorities", "languages")


def to_json(automation: Automation) -> dict[str, Any]:
    """What `automation_of` reads; what is empty is left out."""
    only, then = automation.only, automation.then
    closing = then.closing
    conditions = {name: sorted(getattr(only, name)) for name in LISTS}
    deeds: dict[str, Any] = {
        "priority": None if then.priority is None else then.priority.value,
        "team": then.team,
        "assign": then.assign,
        "tags": list(then.tags),
        "note": then.note,
    }
    if closing is not None:
        deeds["close"] = {
            "after_days": closing.after_days,
            "warning": {"fr": closing.warning.fr, "en": closing.warning.en},
            "sentence": {"fr": closing.sentence.fr, "en": closing.sentence.en},
        }
    when: dict[str, Any] = {"kind": automation.when.value}
    if automation.amount:
        when["amount"] = automation.amount
    return {
        "title": automation.title,
        "when": when,
        "if": _filled({**conditions, "words": list(only.words)}),
        "then": _filled(deeds),
    }


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def automation_of(kept: Mapping[str, Any]) -> Automation:
    """An automation as data. Raises `Invalid` for what is none."""
    try:
        when, only, then = kept["when"], kept.get("if", {}), kept["then"]
        _known(kept, {"title", "when", "if", "then"})
        _known(when, {"kind", "amount"})
        _known(only, {*LISTS, "words"})
        _known(then, {"priority", "team", "assign", "tags", "note", "close"})
        closing = then.get("close")
        return Automation(
            str(kept["title"]),
            When(when["kind"]),
            int(when.get("amount", 0)),
            Conditions(
                **{name: frozenset(map(str, only.get(name, ()))) for name in LISTS},
                words=tuple(map(str, only.get("words", ()))),
            ),
            Deeds(
                Priority(then["priority"]) if then.get("priority") else None,
                then.get("team"),
                then.get("assign"),
                tuple(map(str, then.get("tags", ()))),
                then.get("note"),
                None if closing is None else _closing(closing),
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid("automation", "cannot be read", reason="unknown") from error


def _closing(kept: Mapping[str, Any]) -> Closing:
    _known(kept, {"after_days", "warning", "sentence"})
    return Closing(int(kept["after_days"]), Text(**kept["warning"]), Text(**kept["sentence"]))


def _known(kept: Mapping[str, Any], names: set[str]) -> None:
    if unknown := set(kept) - names:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
