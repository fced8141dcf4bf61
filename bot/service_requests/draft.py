"""A request while it is being told: what is known, and what to ask next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.services.rules import FieldKind, Service, ServiceField

# Steps that are not a field of the service.
SERVICE = "service"
COMMUNE = "commune"
WHICH_PLACE = "which_place"
PHOTO_PLACE = "photo_place"
DUPLICATE = "duplicate"
CONFIRM = "confirm"
MODIFY = "modify"


@dataclass(frozen=True)
class Answer:
    """A field's answer: the value as stored, and the words that show it."""

    value: Any
    display: str | None = None  # None: shown from the field's own choices


@dataclass(frozen=True)
class Place:
    """Where something is: what the citizen calls it, a point, or both."""

    address: str | None
    latitude: float | None
    longitude: float | None
    commune: str | None
    precision: str | None = None  # "côté impair": beside the address, in the citizen's words

    @property
    def is_known(self) -> bool:
        return self.address is not None or self.latitude is not None


@dataclass(frozen=True)
class PlaceChoice:
    """One of the places that an address may be; `title` tells it apart ("Lyon 2e")."""

    title: str
    address: str
    latitude: float | None
    longitude: float | None
    commune: str


@dataclass(frozen=True)
class Draft:
    """Everything told so far. Immutable: each message makes another one."""

    service: str | None = None
    offered_services: tuple[str, ...] = ()
    description: str = ""
    address: str | None = None
    is_landmark: bool = False
    precision: str | None = None  # never public: a floor, a door, a side of the street
    is_settled: bool = False  # the address service has said of the address all that it can
    place_choices: tuple[PlaceChoice, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    commune: str | None = None
    commune_choices: tuple[str, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    dangerous: bool = False
    step: str | None = None
    trail: tuple[str, ...] = ()
    misses: int = 0
    noted: bool = False  # "I have noted …" was said
    twins: tuple[str, ...] = ()  # references of what may be the same problem, as they were offered
    looked_at: str = ""  # the service and place that duplicates were last looked for
    taken_at: tuple[float, float] | None = None  # where a photo says so, until that is answered
    is_handed: bool = False  # a rule of its service has brought it to a person already
    moved_by: int = 0  # the number of the message that brought it here, when it was only one
    also: str = ""  # another problem that the first message told of, in its own words

    @property
    def has_place(self) -> bool:
        return self.address is not None or self.latitude is not None

    @property
    def place(self) -> Place:
        return Place(self.address, self.latitude, self.longitude, self.commune, self.precision)

    @property
    def whereabouts(self) -> str:
        """What decides which requests may be the same problem."""
        return f"{self.service}|{self.commune}|{self.address}|{self.latitude}|{self.longitude}"

    def with_answer(self, code: str, answer: Answer) -> Draft:
        return replace(self, answers={**self.answers, code: answer}, misses=0)

    def without_place(self) -> Draft:
        """Forget where it is, so that it is asked again."""
        return replace(
            self,
            address=None,
            is_landmark=False,
            precision=None,
            is_settled=False,
            place_choices=(),
            latitude=None,
            longitude=None,
        )

    def in_town(self, insee: str | None) -> Draft:
        """The same in a town; in another one, a point that was found in the former is not there."""
        if insee is not None and insee == self.commune:
            return replace(self, commune_choices=())
        moved = self.is_settled and self.commune is not None
        draft = replace(self, latitude=None, longitude=None, is_settled=False) if moved else self
        return replace(draft, commune=insee, commune_choices=(), place_choices=())

    def at_choice(self, choice: PlaceChoice) -> Draft:
        """One of `place_choices`, picked; they are kept for whoever goes back."""
        return replace(
            self,
            address=choice.address,
            latitude=choice.latitude,
            longitude=choice.longitude,
            commune=choice.commune,
            commune_choices=(),
            is_settled=True,
        )

    def at_no_choice(self) -> Draft:
        """None of `place_choices`: the town is asked, unless all of them are in one."""
        towns = {choice.commune for choice in self.place_choices}
        town = towns.pop() if len(towns) == 1 else None
        return replace(self, place_choices=(), commune=town, is_settled=town is not None)

    def without(self, code: str) -> Draft:
        """Forget what a step had learned, so that it is asked again."""
        answers = {k: v for k, v in self.answers.items() if k != code}
        return replace(
            self, answers=answers, skipped=tuple(s for s in self.skipped if s != code), misses=0
        )

    def skipping(self, code: str) -> Draft:
        return replace(self, skipped=(*self.skipped, code), misses=0)

    def asking(self, step: str) -> Draft:
        """The same draft with `step` as the question put to the citizen."""
        if step == self.step:
            return self
        # An offer that was answered is not asked again by going back.
        if self.step is None or self.step == PHOTO_PLACE:
            return replace(self, step=step, misses=0)
        trail = (*self.trail, self.step)[-20:]
        return replace(self, step=step, trail=trail, misses=0)


def location_field(service: Service) -> ServiceField | None:
    """The one field that says where."""
    return next((f for f in service.fields if f.kind is FieldKind.LOCATION), None)


def next_step(draft: Draft, service: Service | None) -> str:
    """What to ask now: what it is, where, what is required, what helps, a photo, then consent."""
    if service is None:
        return SERVICE
    place = location_field(service)
    if place is not None and place.required and not draft.has_place:
        return place.code if draft.taken_at is None else PHOTO_PLACE
    if draft.commune is None:
        return WHICH_PLACE if draft.place_choices else COMMUNE
    open_fields = [f for f in service.fields if is_open(draft, f)]
    for wanted in (
        [f for f in open_fields if f.required],
        [f for f in open_fields if f.kind is not FieldKind.PHOTO],
        open_fields,
    ):
        if wanted:
            return wanted[0].code
    return CONFIRM


def is_open(draft: Draft, asked: ServiceField) -> bool:
    """Whether a field still waits for an answer."""
    if asked.code in draft.skipped:
        return False
    if asked.kind is FieldKind.LOCATION:
        return asked.required and not draft.has_place
    if asked.kind is FieldKind.PHOTO:
        return not draft.photos
    return asked.code not in draft.answers


def step_back(draft: Draft) -> Draft:
    """Return to the question before this one, with its answer forgotten."""
    if not draft.trail:
        return draft
    *trail, previous = draft.trail
    back = replace(draft.without(previous), step=previous, trail=tuple(trail))
    match previous:
        case "service":
            return replace(back, service=None)
        case "commune":
            return replace(back, commune=None, commune_choices=())
        case "which_place" if not back.place_choices:  # none of them was right
            return replace(back.without_place(), step="location", commune=None)
        case "which_place":
            said = (back.address or "").split(" (")[0]  # without the part of town that was picked
            return replace(
                back,
                address=said,
                commune=None,
                latitude=None,
                longitude=None,
                is_settled=False,
            )
        case "photo":
            return replace(back, photos=())
        case "location":
            return back.without_place()
        case _:
            return back


def to_json(draft: Draft) -> dict[str, Any]:
    """The draft as it is stored."""
    data = dict(draft.__dict__)
    data["answers"] = {
        code: {"value": a.value, "display": a.display} for code, a in draft.answers.items()
    }
    data["place_choices"] = [asdict(choice) for choice in draft.place_choices]
    return data


def from_json(data: Mapping[str, Any]) -> Draft:
    """A stored draft; fields of an older version that no longer exist are dropped."""
    known = {k: v for k, v in data.items() if k in Draft.__dataclass_fields__}
    known["answers"] = {code: Answer(**a) for code, a in known.get("answers", {}).items()}
    known["place_choices"] = [PlaceChoice(**c) for c in known.get("place_choices", ())]
    for name, value in known.items():
        if isinstance(value, list):
            known[name] = tuple(value)
    return Draft(**known)
