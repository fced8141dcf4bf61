"""Reads a citizen's message in the middle of a report: what it answers, corrects or adds.

The rules of the generic form live here; the form's Rasa action only calls `FormReader.read`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from bot.errors import Unavailable
from bot.places.addresses import corrected_number, find_address
from bot.places.communes import Gazetteer
from bot.places.precision import find_precision, joined, of_another_number
from bot.service_requests import draft as steps
from bot.service_requests.draft import (
    Answer,
    Draft,
    Place,
    next_step,
    step_back,
)
from bot.service_requests.locating import Locator, Spot
from bot.service_requests.photographed import with_photos
from bot.service_requests.place_reading import PlaceReader
from bot.service_requests.pointing import means_same_place
from bot.services import answers
from bot.services.matcher import ServiceMatcher
from bot.services.replies import plain
from bot.services.rules import (
    Catalogue,
    FieldKind,
    Service,
    ServiceField,
    ServiceScore,
    Text,
    is_sure,
)
from bot.words.phrases import Line, say

# Said with some confidence, these are not answers to the pending question: the form lets them pass.
INTERRUPTING = frozenset(
    [
        "help",
        "follow_request",
        "withdraw_request",
        "reopen_request",
        "follow_disability_case",
        "follow_planning_case",
        "ask_information",
        "contact_agent",
        "subscribe_notifications",
        "unsubscribe_notifications",
        "sign_in",
        "account_problem",
        "my_requests",
        "complain",
        "privacy_request",
        "emergency",
        "change_language",
        "bot_challenge",
        "stop",
        "thank",
        "goodbye",
    ]
)
SURE_INTERRUPTION = 0.5
SURE_IN_FREE_TEXT = 0.7
_CLAUSES = re.compile(r"[,.;:!?\n]")
MOST_CLAUSES = 6
# Where a message says that it goes on to something else.
_SECOND = re.compile(
    r"(?:^|[\s,;.]+)(?:(?:et|ainsi que|et puis|puis|and|plus)\s+)?"
    r"(?:il\s+y\s+a\s+|y\s+a\s+|j'ai\s+|j’ai\s+|there(?:\s+is|'s|’s|\s+are)\s+)?"
    r"(?:aussi|également|egalement|en plus|par ailleurs|also)\b\s*,?\s*"
    r"(?:qu'il\s+y\s+a\s+|il\s+y\s+a\s+|y\s+a\s+|there(?:\s+is|'s|’s|\s+are)\s+)?"
    r"|[\s,;.]+(?:et|puis|et puis|and)\s+(?:il\s+y\s+a|y\s+a|there(?:\s+is|\s+are|'s|’s))\s+",
    re.IGNORECASE,
)
_ME_TOO = re.compile(
    r"\b(?:moi aussi|c est (?:bien )?(?:le|la) meme|me too|same (?:one|problem))\b"
)
_ELSEWHERE = frozenset(
    [
        "autre",
        "un autre",
        "une autre",
        "ailleurs",
        "aucun",
        "aucune",
        "aucun des deux",
        "other",
        "elsewhere",
        "somewhere else",
        "none of them",
        "none",
    ]
)
LANDMARK_AFTER = 1  # misses after which a place without a street is taken as a landmark


class Cues(Protocol):
    """The signals that the reader needs."""

    def is_dangerous(self, text: str) -> bool: ...
    def is_correction(self, text: str) -> bool: ...


@dataclass(frozen=True)
class Said:
    """One message as the form sees it."""

    text: str
    intent: str
    confidence: float
    press: Mapping[str, Any]
    stale: bool
    location: tuple[float, float] | None
    photos: tuple[str, ...]
    contact: str | None
    today: date
    language: str
    ranking: tuple[tuple[str, float], ...] = ()  # likeliest intents first, with their confidence
    earlier: Place | None = None  # what "the same place" is
    at_earlier: bool = False  # it is there, unless the text says otherwise
    spot: Spot | None = None  # what is known of `location`; the reader finds it out
    taken_at: tuple[float, float] | None = None  # where its photos were, in the metropolis


@dataclass(frozen=True)
class Reading:
    """What became of the message. `passed_on`: not for the form, an interruption."""

    draft: Draft
    remarks: tuple[Line, ...] = ()
    passed_on: bool = False
    is_confirmed: bool = False
    is_dropped: bool = False
    joins: str | None = None  # the reference of somebody else's request that is the same problem


class FormReader:
    """Reads messages against the catalogue, the communes, the matcher and the address service."""

    def __init__(
        self,
        catalogue: Catalogue,
        gazetteer: Gazetteer,
        matcher: ServiceMatcher,
        cues: Cues,
        locator: Locator,
    ) -> None:
        self._catalogue = catalogue
        self._gazetteer = gazetteer
        self._matcher = matcher
        self._cues = cues
        self._locator = locator
        self._places = PlaceReader(gazetteer)

    def service_of(self, draft: Draft) -> Service | None:
        """The draft's service, as its commune offers it."""
        return (
            None if draft.service is None else self._catalogue.service(draft.service, draft.commune)
        )

    def asking_next(self, draft: Draft) -> Draft:
        """The draft with the question that comes now."""
        if draft.has_place:
            draft = replace(draft, taken_at=None)
        return draft.asking(next_step(draft, self.service_of(draft)))

    async def begin(self, said: Said, commune: str | None) -> Reading:
        """A first message: take everything that it holds."""
        if said.press.get("new"):
            return Reading(self.asking_next(Draft(commune=commune)))
        said = await self._at_the_spot(said)
        reading = await self._begin(said, commune)
        return await self._settled(Draft(commune=commune), reading, said)

    async def _begin(self, said: Said, commune: str | None) -> Reading:
        told, also = await self._two_problems(said, commune)
        draft = Draft(description=told.strip()[:4000], commune=commune, also=also[:2000])
        draft = replace(draft, dangerous=self._cues.is_dangerous(told))
        draft, too_many = with_photos(draft, said.photos, said.taken_at)
        draft, remarks = self._places.take(draft, said, told)
        if also and not (draft.has_place and draft.commune):  # said once, after the second
            draft, remarks = self._places.take(draft, said, said.text)
        if said.press.get("service"):
            draft = replace(draft, service=str(said.press["service"]))
        else:
            draft = await self._take_service(draft, told, sure_only=True)
        service = self.service_of(draft)
        if service is not None:
            draft = self._take_details(draft, service, said)
        return Reading(self.asking_next(draft), (*too_many, *remarks))

    async def at_place(self, draft: Draft, said: Said) -> Draft:
        """The draft at a place told by itself, in words that say nothing else; those that name no
        street are kept as they are."""
        bare = draft.without_place()
        placed, _ = self._places.take(bare, said, said.text)
        if not placed.has_place:
            placed = replace(placed, address=said.text.strip(), is_landmark=True)
        return (await self._settled(bare, Reading(placed), said)).draft

    async def read(self, draft: Draft, said: Said) -> Reading:
        """A message while the form waits for `draft.step`."""
        said = await self._at_the_spot(said)
        return await self._settled(draft, await self._read(draft, said), said)

    async def _at_the_spot(self, said: Said) -> Said:
        return (
            said
            if said.location is None
            else replace(said, spot=await self._locator.spot(*said.location))
        )

    async def _settled(self, before: Draft, reading: Reading, said: Said) -> Reading:
        """The reading after the address service was asked, once, about an address just told."""
        told = reading.draft
        is_same = (told.address, told.commune) == (before.address, before.commune)
        if is_same or told.address is None or told.is_landmark or told.is_settled:
            return reading
        is_asked = told.commune is None and bool(told.place_choices)
        if told.latitude is not None or is_asked or reading.passed_on or reading.is_dropped:
            return reading
        settled = await self._locator.settle(told, said.text)
        draft, remarks = settled.draft, tuple(reading.remarks)
        if settled.outside is not None:
            draft, remarks = told.without_place(), (say("form.outside", town=settled.outside),)
        if draft == told:
            return reading
        if draft.noted and told.commune is None and draft.commune is not None:
            remarks = (*remarks, say("form.place_found", place=self.place(draft)))
        draft = replace(draft, step=before.step, trail=before.trail, misses=before.misses)
        return replace(reading, draft=self.asking_next(draft), remarks=remarks)

    async def _read(self, draft: Draft, said: Said) -> Reading:
        if said.press.get("resume"):
            return Reading(self.asking_next(replace(draft, step=None)))
        if said.stale:
            return Reading(draft, (say("form.stale"),))
        if "field" in said.press:
            return await self._press(draft, said)
        if said.press or not said.text:  # pressed: certain, and no answer, even if it bears words
            if said.intent in INTERRUPTING:
                return Reading(draft, passed_on=True)
            if said.press:
                return Reading(draft)
        too_many: tuple[Line, ...] = ()
        if said.photos:
            draft, too_many = with_photos(draft, said.photos, said.taken_at)
            if not said.text:
                return Reading(self.asking_next(draft), too_many or (say("form.photo_added"),))
        if said.spot is not None:
            draft, remarks = self._places.take_point(draft, said.spot)
            return Reading(self._after_place(draft), remarks)
        if not said.text:
            return Reading(draft)
        reading = await self._text(draft, said)
        return replace(reading, remarks=(*too_many, *reading.remarks))

    async def _text(self, draft: Draft, said: Said) -> Reading:
        if answers.is_back(said.text):
            return Reading(step_back(draft))
        if said.intent in ("emergency", "stop", "contact_agent") and said.confidence >= 0.4:
            return Reading(draft, passed_on=True)
        special = self._me_too(draft, said.text) or self._correction(draft, said)
        if special is not None:
            return special
        step = draft.step
        if step == steps.CONFIRM:
            return await self._confirmation(draft, said)
        if step == steps.MODIFY:
            return await self._modification(draft, said)
        if step == steps.SERVICE:
            return await self._service(draft, said)
        if step in (steps.COMMUNE, steps.WHICH_PLACE, steps.PHOTO_PLACE):
            return await self._where(draft, said)
        return self._question(draft, said)

    async def _where(self, draft: Draft, said: Said) -> Reading:
        """An answer to one of the questions about the place that no field of a service asks."""
        if draft.step == steps.COMMUNE:
            return self._commune(draft, said)
        if draft.step == steps.WHICH_PLACE:
            return self._which_place(draft, said)
        return await self._photo_place(draft, said)

    def _question(self, draft: Draft, said: Said) -> Reading:
        """An answer to a question of the service."""
        step, service = draft.step, self.service_of(draft)
        field = next((f for f in service.fields if f.code == step), None) if service else None
        if field is None:
            return Reading(self.asking_next(draft))
        if field.kind is FieldKind.LOCATION:
            return self._location(draft, said)
        if field.kind is FieldKind.PHOTO:
            return self._photo(draft, said, field)
        return self._field(draft, said, field)

    # -- each question ----------------------------------------------------------------------

    async def _press(self, draft: Draft, said: Said) -> Reading:
        field, value = said.press["field"], said.press.get("value")
        if field == steps.CONFIRM:
            if value == "yes":
                return Reading(draft, is_confirmed=True)
            if value == "cancel":
                return Reading(draft, is_dropped=True)
            return Reading(draft.asking(steps.MODIFY))
        if field == steps.MODIFY:
            return self._reopen(draft, str(value))
        if field == steps.SERVICE:
            chosen = replace(draft, service=str(value), offered_services=())
            return Reading(self.asking_next(chosen))
        if field == steps.DUPLICATE:
            if value is None:  # what the citizen reported before is something else
                return Reading(self.asking_next(draft))
            return Reading(draft, joins=str(value) if value in draft.twins else None)
        if field == steps.PHOTO_PLACE:
            return await self._taken_there(draft) if value else self._taken_elsewhere(draft)
        if field == steps.COMMUNE:
            return Reading(self.asking_next(draft.in_town(str(value))))
        if field == steps.WHICH_PLACE:
            choice = next((c for c in draft.place_choices if c.title == value), None)
            picked = draft.at_no_choice() if choice is None else draft.at_choice(choice)
            return Reading(self.asking_next(picked))
        if value is None:
            return Reading(self.asking_next(draft.skipping(str(field))))
        return Reading(self.asking_next(draft.with_answer(str(field), Answer(value))))

    def _reopen(self, draft: Draft, part: str) -> Reading:
        if part == "location":
            draft = replace(draft.without_place(), commune=None)
        elif part == steps.SERVICE:
            draft = replace(draft, service=None, answers={}, skipped=(), offered_services=())
        elif part == "photo":
            draft = replace(draft.without("photo"), photos=())
        else:
            draft = draft.without(part)
        return Reading(self.asking_next(draft))

    async def _confirmation(self, draft: Draft, said: Said) -> Reading:
        if answers.is_yes(said.text) or (said.intent == "affirm" and said.confidence >= 0.6):
            return Reading(draft, is_confirmed=True)
        if answers.is_no(said.text):
            return Reading(draft.asking(steps.MODIFY))
        if self._interrupts(said, SURE_INTERRUPTION):
            return Reading(draft, passed_on=True)
        placed, remarks = self._places.take(draft, said, said.text)
        if placed != draft:
            return Reading(self.asking_next(placed), remarks)
        if self._cues.is_correction(said.text):
            changed = await self._take_service(
                replace(draft, service=None), said.text, sure_only=True
            )
            if changed.service and changed.service != draft.service:
                changed = replace(changed, answers={}, skipped=())
                return Reading(self.asking_next(changed))
            return Reading(draft.asking(steps.MODIFY))
        added = replace(draft, description=f"{draft.description}\n{said.text}".strip()[:4000])
        return Reading(added, (say("form.detail_added"),))

    async def _modification(self, draft: Draft, said: Said) -> Reading:
        if answers.is_no(said.text) or answers.is_yes(said.text):
            return Reading(self.asking_next(draft))
        if self._interrupts(said, SURE_INTERRUPTION):
            return Reading(draft, passed_on=True)
        placed, remarks = self._places.take(draft, said, said.text)
        if placed != draft:
            return Reading(self.asking_next(placed), remarks)
        changed = await self._take_service(replace(draft, service=None), said.text, sure_only=True)
        if changed.service and changed.service != draft.service:
            return Reading(self.asking_next(replace(changed, answers={}, skipped=())))
        added = replace(draft, description=f"{draft.description}\n{said.text}".strip()[:4000])
        return Reading(self.asking_next(added), (say("form.detail_added"),))

    async def _service(self, draft: Draft, said: Said) -> Reading:
        if self._interrupts(said, SURE_INTERRUPTION):
            return Reading(draft, passed_on=True)
        for number, code in enumerate(draft.offered_services, start=1):
            label = self._catalogue.service(code, draft.commune).label
            if said.text.strip() == str(number) or said.text.strip().lower() in (
                label.fr.lower(),
                label.en.lower(),
            ):
                return Reading(self.asking_next(replace(draft, service=code, offered_services=())))
        told = replace(draft, description=f"{draft.description}\n{said.text}".strip()[:4000])
        told, remarks = self._places.take(told, said, said.text)
        told = await self._take_service(told, said.text, sure_only=draft.misses == 0)
        if told.service is None:
            return Reading(replace(told, misses=draft.misses + 1, step=steps.SERVICE), remarks)
        return Reading(self.asking_next(told), remarks)

    def _commune(self, draft: Draft, said: Said) -> Reading:
        found = self._gazetteer.mention(said.text) or self._gazetteer.mention(f"à {said.text}")
        if found is None:
            if self._interrupts(said, SURE_INTERRUPTION):
                return Reading(draft, passed_on=True)
            missed = replace(draft, misses=draft.misses + 1)
            return Reading(missed, (say("form.commune_unknown", town=said.text.strip()[:60]),))
        placed, remarks = self._places.take(draft, said, said.text, mention=found)
        return Reading(self.asking_next(placed), remarks)

    def _which_place(self, draft: Draft, said: Said) -> Reading:
        """One of the places that the address may be, a number, a town, or none of them."""
        chosen = self._places.choice_said(draft, said.text)
        if chosen is not None:
            return Reading(self.asking_next(draft.at_choice(chosen)))
        is_none = answers.is_no(said.text) or answers.is_skip(said.text)
        if is_none or plain(said.text) in _ELSEWHERE:
            return Reading(self.asking_next(draft.at_no_choice()))
        placed, remarks = self._places.take(draft, said, said.text)
        if placed != draft:
            return Reading(self.asking_next(placed), remarks)
        if self._interrupts(said, SURE_INTERRUPTION):
            return Reading(draft, passed_on=True)
        missed = replace(draft, misses=draft.misses + 1)
        return Reading(missed, (say("form.not_read"),))

    def _me_too(self, draft: Draft, text: str) -> Reading | None:
        """`"moi aussi"`, `"c'est le même, le 2"`, to what was shown as already reported."""
        if not draft.twins or means_same_place(text) or not _ME_TOO.search(plain(text)):
            return None
        numbers = [int(number) for number in re.findall(r"\b[1-9]\b", text)]
        if len(draft.twins) == 1:
            numbers = [1]
        if len(numbers) == 1 and numbers[0] <= len(draft.twins):
            return Reading(draft, joins=draft.twins[numbers[0] - 1])
        return Reading(draft, (say("form.which_duplicate"),))

    def _location(self, draft: Draft, said: Said) -> Reading:
        placed, remarks = self._places.take(draft, said, said.text)
        if placed.has_place or remarks:
            return Reading(self._after_place(placed), remarks)
        if self._interrupts(said, SURE_INTERRUPTION):
            return Reading(draft, passed_on=True)
        told = said.text.strip()
        if placed.commune != draft.commune and len(told) < 40:
            return Reading(placed, (say("form.commune_noted", town=self.town(placed.commune)),))
        if draft.misses >= LANDMARK_AFTER and 4 <= len(told) <= 200:
            landmark = replace(placed, address=told, is_landmark=True)
            return Reading(self._after_place(landmark), (say("form.landmark_kept", place=told),))
        if placed.taken_at is not None:  # a photo beside these words knows more than they say
            return Reading(self.asking_next(placed))
        return Reading(replace(placed, misses=draft.misses + 1), (say("form.place_unclear"),))

    async def _photo_place(self, draft: Draft, said: Said) -> Reading:
        """The offer to take a photo's place: a yes, a no, or the place in words."""
        if answers.is_yes(said.text) or (said.intent == "affirm" and said.confidence >= 0.6):
            return await self._taken_there(draft)
        if answers.is_no(said.text):
            return self._taken_elsewhere(draft)
        if self._interrupts(said, SURE_INTERRUPTION):
            return Reading(draft, passed_on=True)
        return self._location(self._taken_elsewhere(draft).draft, said)

    async def _taken_there(self, draft: Draft) -> Reading:
        if draft.taken_at is None:  # answered before, by another button
            return Reading(self.asking_next(draft))
        spot = await self._locator.spot(*draft.taken_at)
        placed, remarks = self._places.take_point(replace(draft, taken_at=None), spot)
        return Reading(self.asking_next(placed), remarks)

    def _taken_elsewhere(self, draft: Draft) -> Reading:
        return Reading(self.asking_next(replace(draft, taken_at=None)))

    def _photo(self, draft: Draft, said: Said, field: ServiceField) -> Reading:
        if answers.is_skip(said.text) or (said.intent == "deny" and said.confidence >= 0.5):
            return Reading(self.asking_next(draft.skipping(field.code)))
        if answers.is_yes(said.text):
            return Reading(draft, (say("form.photo_how"),))
        if self._interrupts(said, SURE_INTERRUPTION):
            return Reading(draft, passed_on=True)
        placed, remarks = self._places.take(draft, said, said.text)
        if placed != draft:
            return Reading(self.asking_next(placed), remarks)
        added = replace(draft, description=f"{draft.description}\n{said.text}".strip()[:4000])
        return Reading(added, (say("form.detail_added"),))

    def _field(self, draft: Draft, said: Said, field: ServiceField) -> Reading:
        skips = not field.required and answers.is_skip(said.text)
        if skips and field.kind is FieldKind.TEXT:
            return Reading(self.asking_next(draft.skipping(field.code)))
        bar = SURE_IN_FREE_TEXT if field.kind is FieldKind.TEXT else SURE_INTERRUPTION
        if field.kind is FieldKind.TEXT and self._interrupts(said, bar):
            return Reading(draft, passed_on=True)
        for line in (said.text, *said.text.splitlines()):
            read = answers.read_answer(field, line, said.today)
            if read is not None:
                answered = draft.with_answer(field.code, Answer(read.value, read.display))
                return Reading(self.asking_next(answered))
        if skips:
            return Reading(self.asking_next(draft.skipping(field.code)))
        precise = find_precision(said.text, None)
        if precise is not None and precise.is_all and draft.has_place:
            precised = replace(draft, precision=joined(draft.precision, precise.text))
            return Reading(*self._places.with_detail(precised, said.text, precise))
        if self._interrupts(said, bar):
            return Reading(draft, passed_on=True)
        if not field.required and draft.misses >= 1:
            skipped = replace(draft, description=f"{draft.description}\n{said.text}"[:4000])
            return Reading(self.asking_next(skipped.skipping(field.code)))
        return Reading(replace(draft, misses=draft.misses + 1), (say("form.not_read"),))

    # -- what a message holds ---------------------------------------------------------------

    def _interrupts(self, said: Said, bar: float) -> bool:
        return said.intent in INTERRUPTING and said.confidence >= bar

    def _correction(self, draft: Draft, said: Said) -> Reading | None:
        """`"non, c'est au 14"`: the number of the address already given."""
        if draft.address is None or not self._cues.is_correction(said.text):
            return None
        if find_address(said.text) is not None:
            placed, remarks = self._places.take(draft, said, said.text, instead=True)
            return Reading(self.asking_next(placed), remarks or self.noted_place(placed))
        renumbered = corrected_number(draft.address, said.text)
        if renumbered is None or draft.is_landmark:
            return None
        fixed = replace(
            draft,
            address=renumbered,
            place_choices=(),
            latitude=None,
            longitude=None,
            is_settled=False,
            precision=of_another_number(draft.precision),
        )
        return Reading(self.asking_next(fixed), self.noted_place(fixed))

    async def at_position(self, point: tuple[float, float]) -> Draft | None:
        """What a position shared before anything else makes known; None outside the metropolis."""
        spot = await self._locator.spot(*point)
        return None if spot.is_outside else self._places.take_point(Draft(), spot)[0]

    def place(self, draft: Draft) -> Line:
        """The place as it is said back."""
        return self._places.place(draft)

    def town(self, insee: str | None) -> str:
        """A commune's name; nothing for none."""
        return self._places.town(insee)

    def noted_place(self, draft: Draft) -> tuple[Line, ...]:
        return (say("form.place_noted", place=self.place(draft)),)

    def _after_place(self, draft: Draft) -> Draft:
        return self.asking_next(draft) if draft.has_place else draft

    async def _take_service(self, draft: Draft, text: str, *, sure_only: bool) -> Draft:
        try:
            scores = await self._matcher.match(text, draft.commune)
            chosen = (
                scores[0].code if is_sure(scores) else await self._by_clause(text, draft, scores)
            )
        except Unavailable:
            return replace(draft, offered_services=())
        if chosen is not None:
            return replace(draft, service=chosen, offered_services=())
        if scores and not sure_only and draft.offered_services and scores[0].score >= 0.2:
            return replace(draft, service=scores[0].code, offered_services=())
        return replace(draft, service=None, offered_services=tuple(s.code for s in scores))

    async def _two_problems(self, said: Said, commune: str | None) -> tuple[str, str]:
        """A message cut where a second problem begins: only when each half surely names one, they
        differ, and the whole is about both. Else all of it, and nothing."""
        found = _SECOND.search(said.text)
        if found is None or said.press.get("service"):
            return said.text, ""
        first, second = said.text[: found.start()], said.text[found.end() :].strip(" ,;.")
        if len(first.split()) < 2 or not second:
            return said.text, ""
        named = {await self._surely(half, commune) for half in (first, second)}
        if None in named or len(named) == 1 or not named <= await self._likely(said.text, commune):
            return said.text, ""
        return first, second

    async def _likely(self, text: str, commune: str | None) -> set[str | None]:
        try:
            return {score.code for score in await self._matcher.match(text, commune)}
        except Unavailable:
            return set()

    async def _surely(self, text: str, commune: str | None) -> str | None:
        try:
            scores = await self._matcher.match(text, commune)
        except Unavailable:
            return None
        return scores[0].code if is_sure(scores) else None

    async def _by_clause(
        self, text: str, draft: Draft, whole: Sequence[ServiceScore]
    ) -> str | None:
        """What a clause names surely when the whole message is too mixed: the whole's best guess
        if a clause is sure of it, else the only one that clauses are sure of."""
        clauses = [clause for clause in _CLAUSES.split(text) if len(clause.split()) > 1]
        sure = set()
        for clause in clauses[:MOST_CLAUSES] if len(clauses) > 1 else ():
            scores = await self._matcher.match(clause, draft.commune)
            if is_sure(scores):
                sure.add(scores[0].code)
        if whole and whole[0].code in sure:
            return whole[0].code
        return sure.pop() if len(sure) == 1 else None

    def _take_details(self, draft: Draft, service: Service, said: Said) -> Draft:
        """Optional answers that the first message already holds."""
        for field in service.fields:
            if field.kind is FieldKind.DATE:
                found = answers.find_date(said.text, said.today)
                if found is not None and found <= said.today:
                    draft = draft.with_answer(
                        field.code, Answer(found.isoformat(), found.strftime("%d/%m/%Y"))
                    )
        return draft


def place_of_also(draft: Draft) -> Place | None:
    """Where the second problem of a first message is: at another number of the same street, or at
    the same place; None when its own words name a street."""
    own = find_address(draft.also)
    if own is not None and own.street is not None:
        return None
    if draft.address is None or draft.is_landmark:
        return draft.place
    renumbered = corrected_number(draft.address, draft.also)
    if renumbered is None or renumbered == draft.address:
        return draft.place
    return Place(renumbered, None, None, draft.commune)


def shown_answers(draft: Draft, service: Service) -> Sequence[tuple[ServiceField, Line]]:
    """The answers given, in the words that show them."""
    shown: list[tuple[ServiceField, Line]] = []
    for field in service.fields:
        answer = draft.answers.get(field.code)
        if answer is None:
            continue
        if field.kind is FieldKind.CHOICE:
            label = next((c.label for c in field.choices if c.code == answer.value), None)
            shown.append((field, label or str(answer.value)))
        elif field.kind is FieldKind.YES_NO:
            shown.append((field, say("word.yes") if answer.value else say("word.no")))
        else:
            shown.append((field, answer.display or str(answer.value)))
    return shown


def field_question(field: ServiceField) -> Text:
    """A field's question with its hint, for both languages."""
    if field.hint is None:
        return field.question
    return Text(
        f"{field.question.fr} {field.hint.fr}",
        f"{field.question.en} {field.hint.en}",
    )
