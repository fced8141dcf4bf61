"""The shape of the catalogue's files: keys, types, both languages. What they mean is checked in
`catalogue_checks`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    model_validator,
)

from bot.services.rules import (
    OFFICE_DAY,
    Choice,
    FieldKind,
    HandOver,
    LegalSource,
    Phrases,
    Procedure,
    Service,
    ServiceField,
    Silence,
    Team,
    Text,
    Week,
)

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Words = Annotated[str, StringConstraints(pattern=r"\S")]


def _email(value: str) -> str:
    if not re.fullmatch(r"[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}", value, re.ASCII):
        raise ValueError("must be an e-mail address, its domain in lower case")
    return value


Email = Annotated[str, AfterValidator(_email)]


class Strict(BaseModel):
    """Exact types, and no key that we do not know."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TextFile(Strict):
    """Both languages, neither empty."""

    fr: Words
    en: Words

    def text(self) -> Text:
        return Text(self.fr, self.en)


class PhrasesFile(Strict):
    fr: list[Words]
    en: list[Words]


class ChoiceFile(Strict):
    code: Code
    label: TextFile
    synonyms: list[Words] = []

    def choice(self) -> Choice:
        return Choice(self.code, self.label.text(), tuple(self.synonyms))


def _kind(value: Any) -> Any:
    return FieldKind(value) if value in set(FieldKind) else value


def _unit(value: Any) -> Any:
    """A unit is often the same word in both languages: `unit: cm`."""
    return {"fr": value, "en": value} if isinstance(value, str) else value


class FieldFile(Strict):
    code: Code
    kind: Annotated[FieldKind, BeforeValidator(_kind)]
    question: TextFile
    required: bool = False
    hint: TextFile | None = None
    choices: list[ChoiceFile] = []
    minimum: float | None = None
    maximum: float | None = None
    unit: Annotated[TextFile, BeforeValidator(_unit)] | None = None
    max_length: int | None = None
    past_only: bool = False

    def field(self) -> ServiceField:
        return ServiceField(
            code=self.code,
            kind=self.kind,
            required=self.required,
            question=self.question.text(),
            hint=self.hint.text() if self.hint else None,
            choices=tuple(choice.choice() for choice in self.choices),
            minimum=self.minimum,
            maximum=self.maximum,
            unit=self.unit.text() if self.unit else None,
            max_length=self.max_length,
            past_only=self.past_only,
        )


class LegalSourceFile(Strict):
    name: Words
    read: date


class ProcedureFile(Strict):
    """What makes a service a formal demand. `formal` is written so that the file says it."""

    formal: Literal[True]
    contact: TextFile
    silence: Literal["accepted", "refused", "none"] | None = None
    decided_within_days: int | None = None
    missing_pieces: TextFile | None = None
    appeal: TextFile | None = None
    source: LegalSourceFile | None = None

    def procedure(self) -> Procedure:
        return Procedure(
            contact=self.contact.text(),
            silence=Silence(self.silence) if self.silence else None,
            decided_within_days=self.decided_within_days,
            missing_pieces=self.missing_pieces.text() if self.missing_pieces else None,
            appeal=self.appeal.text() if self.appeal else None,
            source=LegalSource(self.source.name, self.source.read) if self.source else None,
        )


class HandOverFile(Strict):
    """When a service goes to a person instead of the form: always, or upon one answer."""

    always: Literal[True] | None = None
    field: Code | None = None
    answers: list[str | bool] = []

    @model_validator(mode="after")
    def _one_of_both(self) -> HandOverFile:
        if (self.always is None) == (self.field is None) or bool(self.answers) != bool(self.field):
            raise ValueError("needs `always: true`, or a `field` and the `answers` that do it")
        return self

    def rule(self) -> HandOver:
        return HandOver(self.field, tuple(self.answers))


class ServiceFile(Strict):
    """A whole service."""

    code: Code
    group: Code
    label: TextFile
    short_label: TextFile
    description: TextFile
    phrases: PhrasesFile
    team: Code
    target_delay_days: int
    next_steps: TextFile
    fields: list[FieldFile]
    sensitive: bool = False
    not_ours: TextFile | None = None
    duplicate_radius_m: Annotated[int, Field(ge=0, le=500)] = 40
    procedure: ProcedureFile | None = None
    hand_over: HandOverFile | None = None

    def service(self, commune: str | None) -> Service:
        return Service(
            code=self.code,
            group=self.group,
            label=self.label.text(),
            short_label=self.short_label.text(),
            description=self.description.text(),
            phrases=Phrases(tuple(self.phrases.fr), tuple(self.phrases.en)),
            team=self.team,
            target_delay_days=self.target_delay_days,
            next_steps=self.next_steps.text(),
            fields=tuple(asked.field() for asked in self.fields),
            sensitive=self.sensitive,
            not_ours=self.not_ours.text() if self.not_ours else None,
            duplicate_radius_m=self.duplicate_radius_m,
            procedure=self.procedure.procedure() if self.procedure else None,
            hand_over=self.hand_over.rule() if self.hand_over else None,
            commune=commune,
        )


class OverrideFile(Strict):
    """What a commune changes of a service of the metropolis: each key given replaces the whole."""

    code: Code
    group: Code = ""
    label: TextFile | None = None
    short_label: TextFile | None = None
    description: TextFile | None = None
    phrases: PhrasesFile | None = None
    team: Code = ""
    target_delay_days: int = 0
    next_steps: TextFile | None = None
    fields: list[FieldFile] = []
    sensitive: bool = False
    not_ours: TextFile | None = None
    duplicate_radius_m: Annotated[int, Field(ge=0, le=500)] = 40
    procedure: ProcedureFile | None = None
    hand_over: HandOverFile | None = None


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _spans(value: list[str]) -> list[str]:
    """`"08:30-17:00"`, in order."""
    ends: list[time] = []
    for span in value:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", span):
            raise ValueError('must be spans like "08:30-17:00"')
        ends += [time.fromisoformat(end) for end in span.split("-")]
    if ends != sorted(set(ends)):
        raise ValueError("each span must end after it begins, and before the next one")
    return value


Spans = Annotated[list[str], AfterValidator(_spans)]


class TeamFile(Strict):
    """`hours`: by day of the week, office hours without it. `answer_within_minutes` of opening
    time: later than that, a ticket is escalated."""

    code: Code
    label: TextFile
    contact: TextFile
    email: Email | None = None
    hours: dict[Literal[DAYS], Spans] | None = None  # type: ignore[valid-type]
    answer_within_minutes: Annotated[int, Field(ge=5, le=10_000)] = 120

    def team(self) -> Team:
        return Team(
            self.code,
            self.label.text(),
            self.contact.text(),
            self.email,
            dict.fromkeys(range(5), OFFICE_DAY) if self.hours is None else self._week(),
            timedelta(minutes=self.answer_within_minutes),
        )

    def _week(self) -> Week:
        return {
            DAYS.index(day): tuple(
                (time.fromisoformat(span[:5]), time.fromisoformat(span[6:])) for span in spans
            )
            for day, spans in (self.hours or {}).items()
        }


class TeamsFile(RootModel[list[TeamFile]]):
    model_config = ConfigDict(strict=True, frozen=True)


def required_keys() -> frozenset[str]:
    """The keys that a whole service cannot do without."""
    return frozenset(n for n, f in ServiceFile.model_fields.items() if f.is_required())


_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is not a key we know here",
    "string_type": "must be text (words like yes, no and bare dates need quotes)",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "date_type": "must be a date (2027-05-24, without quotes)",
    "list_type": "must be a list",
    "model_type": "must be a group of keys",
    "dict_type": "must be a group of keys",
    "string_too_long": "is too long",
}


def in_plain_words(error: Mapping[str, Any]) -> str:
    """What one of pydantic's errors says, for a person who writes the catalogue."""
    kind = str(error["type"])
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "string_pattern_mismatch":
        blank = not str(error["input"]).strip()
        return "is empty" if blank else "must be lower-case letters, digits and _, a letter first"
    if kind == "literal_error":
        return f"must be {error['ctx']['expected']}".replace("True", "true")
    if kind in ("is_instance_of", "enum"):
        return f"must be one of {', '.join(FieldKind)}"
    return _PLAIN.get(kind, str(error["msg"]))
