"""An automation as the fields of a form, which works without scripts."""

from __future__ import annotations

from collections.abc import Mapping

from bot.automations.conditions import Automation, Closing, Conditions, Deeds, When
from bot.errors import Invalid
from bot.services.rules import Text
from bot.tickets.rules import Priority

TICKED = ("towns", "teams", "services", "channels", "priorities", "languages")
"""Conditions that are boxes: `towns-69149`."""
LONGEST_NUMBER = 4


def automation_in(form: Mapping[str, str]) -> Automation:
    """What a form says. Raises `Invalid` with the field that cannot be read."""
    ticked = {name: frozenset(_boxes(form, name)) for name in TICKED}
    return Automation(
        form.get("title", "").strip(),
        _when(form.get("when", "")),
        _number(form, "amount"),
        Conditions(**ticked, words=tuple(_parts(form.get("words", "")))),
        Deeds(
            _priority(form.get("priority", "")),
            form.get("team") or None,
            form.get("assign") or None,
            tuple(_parts(form.get("tags", ""))),
            form.get("note", "").replace("\r\n", "\n").strip() or None,
            _closing(form),
        ),
    )


def fields_of(automation: Automation) -> dict[str, str]:
    """The other way round."""
    only, then, closing = automation.only, automation.then, automation.then.closing
    fields = {
        "title": automation.title,
        "when": automation.when.value,
        "amount": str(automation.amount or ""),
        "words": ", ".join(only.words),
        "priority": then.priority.value if then.priority else "",
        "team": then.team or "",
        "assign": then.assign or "",
        "tags": ", ".join(then.tags),
        "note": then.note or "",
        **{f"{name}-{one}": "yes" for name in TICKED for one in getattr(only, name)},
    }
    if closing is not None:
        fields |= {
            "close": "yes",
            "after_days": str(closing.after_days),
            "warning_fr": closing.warning.fr,
            "warning_en": closing.warning.en,
            "sentence_fr": closing.sentence.fr,
            "sentence_en": closing.sentence.en,
        }
    return fields


def _parts(text: str) -> list[str]:
    """What is separated by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _boxes(form: Mapping[str, str], name: str) -> list[str]:
    return [key.removeprefix(f"{name}-") for key in form if key.startswith(f"{name}-")]


def _when(text: str) -> When:
    try:
        return When(text)
    except ValueError as error:
        raise Invalid("when", "there is none such", reason="unknown") from error


def _priority(text: str) -> Priority | None:
    try:
        return Priority(text) if text else None
    except ValueError as error:
        raise Invalid("priority", "there is none such", reason="unknown") from error


def _number(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "").strip() or "0"
    if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_NUMBER:
        raise Invalid(name, "a number is needed", reason="amount")
    return int(text)


def _closing(form: Mapping[str, str]) -> Closing | None:
    if form.get("close") != "yes":
        return None
    said = {
        name: form.get(name, "").replace("\r\n", "\n").strip()
        for name in ("warning_fr", "warning_en", "sentence_fr", "sentence_en")
    }
    return Closing(
        _number(form, "after_days"),
        Text(said["warning_fr"], said["warning_en"]),
        Text(said["sentence_fr"], said["sentence_en"]),
    )
