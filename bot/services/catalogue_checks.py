"""What a service must be beyond its shape. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.services.rules import FieldKind, Procedure, Service, ServiceField, Silence, Team, Text

Found = tuple[tuple[int | str, ...], str]

MINIMUM_PHRASES_FR = 5
MINIMUM_CHOICES = 2
LONGEST_TEXT = 10_000

_ONLY_FOR = {
    "choices": FieldKind.CHOICE,
    "minimum": FieldKind.NUMBER,
    "maximum": FieldKind.NUMBER,
    "unit": FieldKind.NUMBER,
    "max_length": FieldKind.TEXT,
    "past_only": FieldKind.DATE,
}

# The same file draws web forms and answers Open311: nothing in it may suppose a conversation.
_CHAT = re.compile(
    r"\b(?:chatbot|bot|cliquez|tapez|dites[- ]moi|envoyez[- ]moi|écrivez[- ]moi|répondez par"
    r"|ci[- ]dessous|bouton suivant|click|tell me|send me|type your|below|reply with)\b"
    r"|[\U0001F300-\U0001FAFF]",
    re.IGNORECASE,
)


def of_service(
    service: Service, teams: Mapping[str, Team], stem: str, *, needs_place: bool
) -> Iterator[Found]:
    """Everything wrong with a service read from the file `stem`.yml, with where it is.

    `needs_place`: all but what a commune adds by itself must ask where.
    """
    if service.code != stem:
        yield ("code",), f"{service.code!r} is in a file named {stem!r}: they must be the same"
    if service.team not in teams:
        yield ("team",), f"{service.team!r} is not a team of teams.yml"
    if service.target_delay_days < 1:
        yield ("target_delay_days",), "must be at least 1 working day"
    yield from _phrases(service)
    yield from _fields(service, needs_place)
    if service.procedure is not None:
        for where, message in _procedure(service.procedure):
            yield ("procedure", *where), message
    yield from _hand_over(service)
    for name in ("label", "short_label", "description", "next_steps", "not_ours"):
        text = getattr(service, name)
        if text is not None:
            yield from _text((name,), text)


def _hand_over(service: Service) -> Iterator[Found]:
    rule = service.hand_over
    if rule is None or rule.field is None:
        return
    asked = next((f for f in service.fields if f.code == rule.field), None)
    if asked is None or asked.kind not in (FieldKind.CHOICE, FieldKind.YES_NO):
        yield ("hand_over", "field"), "must be a choice or yes_no field of this service"
        return
    known = {c.code for c in asked.choices} if asked.kind is FieldKind.CHOICE else {True, False}
    for index, answer in enumerate(rule.answers):
        if answer not in known:
            yield ("hand_over", "answers", index), f"{answer!r} is no answer to {rule.field}"


def _phrases(service: Service) -> Iterator[Found]:
    if len(service.phrases.fr) < MINIMUM_PHRASES_FR:
        yield ("phrases", "fr"), f"at least {MINIMUM_PHRASES_FR} phrases are needed to match it"
    if not service.phrases.en:
        yield ("phrases", "en"), "at least one phrase is needed"
    for language in ("fr", "en"):
        phrases = getattr(service.phrases, language)
        for index in _repeated([phrase.strip().lower() for phrase in phrases]):
            yield ("phrases", language, index), f"{phrases[index]!r} is there twice"


def _fields(service: Service, needs_place: bool) -> Iterator[Found]:
    places = [i for i, f in enumerate(service.fields) if f.kind is FieldKind.LOCATION]
    if needs_place and len(places) != 1:
        yield ("fields",), f"exactly one location field is needed, there are {len(places)}"
    elif len(places) > 1:
        yield ("fields",), f"at most one location field is possible, there are {len(places)}"
    for index in _repeated([f.code for f in service.fields]):
        yield ("fields", index, "code"), f"{service.fields[index].code!r} is there twice"
    for index, asked in enumerate(service.fields):
        for where, message in _field(asked):
            yield ("fields", index, *where), message


def _field(asked: ServiceField) -> Iterator[Found]:
    yield from _text(("question",), asked.question)
    if asked.hint is not None:
        yield from _text(("hint",), asked.hint)
    for key, kind in _ONLY_FOR.items():
        if getattr(asked, key) and asked.kind is not kind:
            yield (key,), f"a {asked.kind} field has no {key}"
    yield from _choices(asked)
    yield from _bounds(asked)


def _procedure(procedure: Procedure) -> Iterator[Found]:
    silence = procedure.silence
    if silence is not None and procedure.source is None:
        yield ("source",), "is needed: where was it read what silence means?"
    if silence is Silence.REFUSED and procedure.appeal is None:
        yield ("appeal",), "is needed when silence is refused"
    if procedure.decided_within_days is not None:
        if silence not in (Silence.ACCEPTED, Silence.REFUSED):
            yield ("decided_within_days",), "needs silence: accepted or refused"
        if procedure.decided_within_days < 1:
            yield ("decided_within_days",), "must be at least 1 day"
    for name in ("contact", "missing_pieces", "appeal"):
        text = getattr(procedure, name)
        if text is not None:
            yield from _text((name,), text)


def _choices(asked: ServiceField) -> Iterator[Found]:
    if asked.kind is FieldKind.CHOICE and len(asked.choices) < MINIMUM_CHOICES:
        yield ("choices",), "a choice field needs at least two choices"
    for index in _repeated([choice.code for choice in asked.choices]):
        yield ("choices", index, "code"), f"{asked.choices[index].code!r} is there twice"
    for index, choice in enumerate(asked.choices):
        yield from _text(("choices", index, "label"), choice.label)


def _bounds(asked: ServiceField) -> Iterator[Found]:
    if asked.minimum is not None and asked.maximum is not None and asked.minimum > asked.maximum:
        yield ("minimum",), "is more than the maximum"
    if asked.max_length is not None and not 1 <= asked.max_length <= LONGEST_TEXT:
        yield ("max_length",), f"must be from 1 to {LONGEST_TEXT} characters"


def _text(where: tuple[int | str, ...], text: Text) -> Iterator[Found]:
    for language in ("fr", "en"):
        said = _CHAT.search(text.in_(language))
        if said:
            message = f"{said.group()!r} supposes a chat; the same words draw web forms"
            yield (*where, language), message


def _repeated(codes: Sequence[str]) -> list[int]:
    """Where a value stands that already stood before."""
    return [index for index, code in enumerate(codes) if code in codes[:index]]
