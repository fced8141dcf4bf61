"""The one generic form: begin, read each message, ask, set aside, file."""

from __future__ import annotations

from dataclasses import asdict, replace

from actions import duplicates, outsiders, photo_place
from actions.buttons import RESUME
from actions.desk import Desk, Event, slot
from actions.foreign import answer_foreign
from actions.handing_over import Why, hand_over
from actions.own import earlier_place
from bot.conversations.escalation import HandOver
from bot.conversations.language import foreign_language
from bot.conversations.turn import Turn
from bot.errors import DomainError
from bot.mail.rules import masked
from bot.notifications.messages import HUMAN, add_words
from bot.service_requests import draft as steps
from bot.service_requests.acknowledgement import filed_lines
from bot.service_requests.draft import Draft, Place
from bot.service_requests.letters import FilingLetter, email_of
from bot.service_requests.operations import FileRequest, FollowRequest
from bot.service_requests.pointing import means_same_place
from bot.service_requests.reading import Reading, Said, field_question, place_of_also, shown_answers
from bot.services.rules import FieldKind, Service, ServiceField, Team
from bot.tickets.rules import Reason, Subject
from bot.words.phrases import Button, Joined, Line, Outcome, Press, say

FIELD = "current_field"
EXPECTS = {
    FieldKind.TEXT: "text",
    FieldKind.CHOICE: "choice",
    FieldKind.YES_NO: "choice",
    FieldKind.LOCATION: "location",
    FieldKind.PHOTO: "photo",
    FieldKind.DATE: "date",
    FieldKind.CONTACT: "contact",
    FieldKind.NUMBER: "text",
}
MISSES_BEFORE_PERSON = 2
MISSES_BEFORE_HAND_OVER = 4
"""Answers in a row that could not be read to one question: offered at two, handed over at four."""
MOST_QUOTED = 160
"""Characters of the citizen's own words that are read back to them."""


def answer_button(title: Line, field: str, value: object) -> Button:
    """A button that answers the pending question."""
    return Button(title, Press(values={"field": field, "value": value}))


async def begin(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """A report starts: take all that the first message holds, or go on where it was left."""
    turn.message_read = True
    kept = turn.draft
    if kept is not None and said.press.get("resume"):
        turn.draft = desk.reader.asking_next(replace(kept, step=None, trail=()))
        return []
    said = await _knowing_the_place(turn, desk, said)
    said = await photo_place.knowing_where(turn, desk, said)
    if kept is not None and kept.step is None and kept.service is None:
        said = with_photos_of(said, kept)  # the pictures sent before
    reading = await desk.reader.begin(said, turn.commune)
    told_nothing_new = reading.draft.service is None and not reading.draft.has_place
    if kept is not None and kept.step and told_nothing_new and not said.press.get("new"):
        turn.draft = desk.reader.asking_next(replace(kept, step=None, trail=()))
        turn.say(say("form.resumed"))
        return []
    _greet(turn, desk, reading, said)
    if outsiders.guide(turn, desk, said, reading.draft):
        return []
    turn.draft = replace(reading.draft, moved_by=turn.only_message)
    return []


def with_photos_of(said: Said, kept: Draft) -> Said:
    """With the pictures that were sent before any words."""
    photos = tuple(dict.fromkeys((*kept.photos, *said.photos)))
    return replace(said, photos=photos, taken_at=said.taken_at or kept.taken_at)


async def _knowing_the_place(turn: Turn, desk: Desk, said: Said) -> Said:
    """With the place that "the same place" is, where the message says so or a button knows it."""
    if said.press.get("place"):
        return replace(said, earlier=Place(**said.press["place"]), at_earlier=True)
    shared = turn.draft
    if shared is not None and shared.step is None and shared.service is None and shared.has_place:
        return replace(said, earlier=shared.place, at_earlier=True)  # the position sent before
    if not means_same_place(said.text):
        return said
    return replace(said, earlier=await earlier_place(turn, desk))


def _greet(turn: Turn, desk: Desk, reading: Reading, said: Said) -> None:
    if not turn.introduced:
        turn.introduced = True
        turn.say(say("greeting.introduction"))
    if desk.signals.someone_hurt(said.text) and not turn.cautioned:
        turn.say(say("report.someone_hurt"))
    for remark in reading.remarks:
        turn.say(remark)


async def validate(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """Rasa's validation of the form: the message is read once a turn, then the form goes on."""
    if turn.draft is None:
        turn.draft = desk.reader.asking_next(Draft(commune=turn.commune))
    if turn.error is not None and turn.draft.step == steps.CONFIRM:
        turn.message_read = True
        turn.say(say("form.refused"))
    if turn.message_read:
        return _going_on()
    said = await _knowing_the_place(turn, desk, said)
    said = await photo_place.knowing_where(turn, desk, said)
    reading = await _read(turn, desk, said, turn.draft)
    if reading.passed_on:
        return []  # rejected: the rule of the interrupting intent answers
    turn.message_read = True
    turn.doubted = reading.draft.misses > turn.draft.misses
    moved_by = turn.draft.moved_by if turn.is_unreadable else turn.only_message
    turn.draft = replace(reading.draft, moved_by=moved_by)
    if turn.doubted and foreign_language(said.text) is not None:
        answer_foreign(turn, said.text)
    else:
        for remark in reading.remarks:
            turn.say(remark)
    if reading.is_dropped:
        turn.draft = None
        turn.say(say("form.cancelled"))
        return [slot(FIELD, "dropped"), slot("requested_slot", None)]
    if reading.joins is not None and turn.error is not None:
        # It was closed while its button was shown: the citizen's own report goes on.
        turn.draft = replace(reading.draft, twins=())
        turn.say(say("duplicate.closed"))
        return _going_on()
    if reading.joins is not None:
        _join(turn, reading.draft, reading.joins)
        return [slot(FIELD, "dropped"), slot("requested_slot", None)]
    if reading.is_confirmed:
        return [slot(FIELD, "confirmed"), slot("requested_slot", None)]
    return _going_on()


async def _read(turn: Turn, desk: Desk, said: Said, draft: Draft) -> Reading:
    """The message read into the draft. A newer version of the last answer is read as if it had
    been said instead: the first message begins the report anew, another one its question."""
    if turn.corrects is None or turn.corrects != draft.moved_by or draft.misses:
        return await desk.reader.read(draft, said)
    if draft.trail:
        return await desk.reader.read(steps.step_back(draft), said)
    reading = await desk.reader.begin(with_photos_of(said, draft), turn.commune)
    return reading if reading.draft.service is not None else await desk.reader.read(draft, said)


def _join(turn: Turn, draft: Draft, reference: str) -> None:
    """Follow the other's request, with one's own words and photos."""
    turn.note(FollowRequest(reference, draft))
    turn.draft = None
    turn.say(
        say("duplicate.joined", reference=reference),
        buttons=(add_words(reference), *_follow_or_another(reference)),
        reference=reference,
    )


def _follow_or_another(reference: Outcome | str) -> tuple[Button, ...]:
    """What can be done once a request is filed or joined."""
    return (
        Button(
            say("button.follow"), Press("follow_request", {"reference": reference}), lasting=True
        ),
        Button(say("button.another"), Press("file_request", {"new": True}), lasting=True),
    )


def _going_on() -> list[Event]:
    return [slot(FIELD, None), slot("requested_slot", FIELD)]


async def ask(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """Put the pending question, after saying once what was understood."""
    draft = turn.draft
    if draft is None or any(isinstance(noted, HandOver) for noted in turn.operations):
        return []  # whoever has just asked for a person is not asked about their report
    if turn.expecting is not None:
        return []  # something else was asked just now: the form's question comes after its answer
    service = desk.reader.service_of(draft)
    if _needs_person(turn, desk, said, draft, service):
        return []
    if service is not None:
        draft = await duplicates.look(turn, desk, draft, service)
    understood: list[Line] = []
    if not draft.noted and service is not None and draft.step != steps.CONFIRM:
        parts: list[Line] = [service.short_label]
        if draft.has_place:
            parts.append(say("form.at_place", place=desk.reader.place(draft)))
        if draft.dangerous:
            parts.append(say("form.dangerous"))
        understood = [say("form.noted", what=Joined(tuple(parts), " · "))]
        draft = replace(draft, noted=True)
    turn.draft = draft
    person = (HUMAN,) if is_lost(turn, draft) else ()
    if person:
        understood.append(say("form.human_too"))
    _put(turn, desk, draft, understood, person)
    return []


def _put(
    turn: Turn, desk: Desk, draft: Draft, understood: list[Line], person: tuple[Button, ...]
) -> None:
    service = desk.reader.service_of(draft)
    match draft.step:
        case steps.SERVICE:
            _ask_service(turn, desk, draft)
        case steps.COMMUNE:
            _ask_commune(turn, desk, draft, understood, person)
        case steps.WHICH_PLACE:
            _ask_which_place(turn, draft, understood, person)
        case steps.PHOTO_PLACE if draft.taken_at is not None:
            turn.say(
                *understood,
                photo_place.question(desk, draft),
                buttons=(
                    answer_button(say("word.yes"), steps.PHOTO_PLACE, value=True),
                    answer_button(say("word.no"), steps.PHOTO_PLACE, value=False),
                    *person,
                ),
                expects="choice",
            )
        case steps.CONFIRM if service is not None:
            _ask_confirmation(turn, desk, draft, service)
        case steps.MODIFY if service is not None:
            _ask_modification(turn, service)
        case _:
            field = (
                next((f for f in service.fields if f.code == draft.step), None) if service else None
            )
            if field is not None:
                _ask_field(turn, field, understood, person)


def _needs_person(
    turn: Turn, desk: Desk, said: Said, draft: Draft, service: Service | None
) -> bool:
    """Whether the form stops for a person: its service says so, or it cannot be completed. What
    was told stays, for the agent and for going on."""
    if draft.misses >= MISSES_BEFORE_HAND_OVER:
        turn.draft = replace(draft, misses=0)
        why = Why(Subject.REQUEST, Reason.FORM, say("form.human_instead"))
        hand_over(turn, desk, said, why)
        return True
    rule = None if service is None or draft.is_handed else service.hand_over
    if rule is None or not rule.holds({code: a.value for code, a in draft.answers.items()}):
        return False
    turn.draft = replace(draft, is_handed=True)
    hand_over(turn, desk, said, Why(Subject.REQUEST, Reason.SERVICE, say("form.human_by_rule")))
    return True


def is_lost(turn: Turn, draft: Draft) -> bool:
    """Whether a person is offered beside the question: it was missed twice, or doubt lasts."""
    return max(draft.misses, turn.unsure_in_a_row) >= MISSES_BEFORE_PERSON


def _ask_service(turn: Turn, desk: Desk, draft: Draft) -> None:
    buttons = tuple(
        answer_button(desk.catalogue.service(code, draft.commune).label, steps.SERVICE, code)
        for code in draft.offered_services
    )
    key = "form.which_service" if buttons else "form.what_service"
    if draft.misses >= 2:
        key = "form.service_unclear"
    other = (answer_button(say("button.other_service"), steps.SERVICE, "other"),)
    turn.say(
        say(key),
        buttons=(*buttons, *(other if buttons else ()), HUMAN),
        expects="choice" if buttons else "text",
    )


def _ask_commune(
    turn: Turn, desk: Desk, draft: Draft, understood: list[Line], person: tuple[Button, ...]
) -> None:
    buttons = tuple(
        answer_button(desk.reader.town(insee), steps.COMMUNE, insee)
        for insee in draft.commune_choices
    )
    key = "form.which_commune" if buttons else "form.what_commune"
    turn.say(
        *understood, say(key), buttons=(*buttons, *person), expects="choice" if buttons else "text"
    )


def _ask_which_place(
    turn: Turn, draft: Draft, understood: list[Line], person: tuple[Button, ...]
) -> None:
    """The address exists in several places: each is a button."""
    address = draft.address or ""
    titles = [choice.title for choice in draft.place_choices]
    buttons = (
        *(answer_button(title, steps.WHICH_PLACE, title) for title in titles),
        answer_button(say("button.elsewhere"), steps.WHICH_PLACE, "other"),
    )
    turn.say(
        *understood,
        say(
            "form.which_place",
            address=address[:1].upper() + address[1:],
            towns=", ".join(titles[:-1]),
            last=titles[-1],
        ),
        buttons=(*buttons, *person),
        expects="choice",
    )


def _ask_field(
    turn: Turn, field: ServiceField, understood: list[Line], person: tuple[Button, ...]
) -> None:
    buttons: tuple[Button, ...] = ()
    if field.kind is FieldKind.CHOICE:
        buttons = tuple(answer_button(c.label, field.code, c.code) for c in field.choices)
    elif field.kind is FieldKind.YES_NO:
        buttons = (
            answer_button(say("word.yes"), field.code, value=True),
            answer_button(say("word.no"), field.code, value=False),
        )
    if not field.required:
        buttons = (*buttons, answer_button(say("button.skip"), field.code, None))
    turn.say(
        *understood,
        field_question(field),
        buttons=(*buttons, *person),
        expects=EXPECTS[field.kind],
    )


def _ask_confirmation(turn: Turn, desk: Desk, draft: Draft, service: Service) -> None:
    lines: list[Line] = [
        say("summary.what", what=service.label),
        say("summary.where", where=desk.reader.place(draft)),
    ]
    lines += [
        say("summary.answer", question=field.question, answer=shown)
        for field, shown in shown_answers(draft, service)
    ]
    if draft.photos:
        lines.append(say("summary.photos", n=len(draft.photos)))
    if draft.dangerous:
        lines.append(say("summary.dangerous"))
    team = desk.catalogue.team(service.team).label
    turn.say(
        *lines,
        say("summary.send", team=team),
        buttons=(
            answer_button(say("button.send"), steps.CONFIRM, "yes"),
            answer_button(say("button.modify"), steps.CONFIRM, "modify"),
            answer_button(say("button.cancel"), steps.CONFIRM, "cancel"),
        ),
        expects="confirm",
    )


def _ask_modification(turn: Turn, service: Service) -> None:
    buttons = [
        answer_button(say("button.part_service"), steps.MODIFY, steps.SERVICE),
        answer_button(say("button.part_place"), steps.MODIFY, "location"),
    ]
    buttons += [
        answer_button(field.question, steps.MODIFY, field.code)
        for field in service.fields
        if field.kind not in (FieldKind.LOCATION, FieldKind.PHOTO)
    ]
    buttons.append(answer_button(say("button.part_photo"), steps.MODIFY, "photo"))
    turn.say(say("form.modify"), buttons=tuple(buttons), expects="choice")


async def set_aside(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """Stop asking; the draft stays for seven days."""
    turn.say(
        say("form.set_aside"),
        buttons=(
            RESUME,
            HUMAN,
        ),
    )
    return []


async def file(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """The form is over: note the filing and say what follows; the reference comes at the commit."""
    draft = turn.draft
    service = desk.reader.service_of(draft) if draft is not None else None
    if draft is None or service is None:
        return []
    if isinstance(turn.error, DomainError):
        turn.say(say("form.refused"), buttons=(HUMAN,))
        return []
    team = desk.catalogue.team(service.team)
    letter = _letter(turn, desk, draft, service, team)
    number = turn.note(FileRequest(draft, service.target_delay_days, letter))
    reference = Outcome(number, "reference")
    turn.commune = turn.commune or draft.commune
    turn.draft = None
    lines = filed_lines(reference, service, team, turn.now)
    if letter is not None:
        lines.append(say("mail.announced", address=masked(letter.to)))
    lines.append(say("report.followed"))
    turn.say(
        *lines,
        buttons=_follow_or_another(reference),
        reference=reference,
    )
    if draft.also:
        _offer_second(turn, draft)
    return []


def _letter(
    turn: Turn, desk: Desk, draft: Draft, service: Service, team: Team
) -> FilingLetter | None:
    """The acknowledgement by e-mail, where an address was given and letters can be sent."""
    to = email_of(service, {code: answer.value for code, answer in draft.answers.items()})
    if desk.mailer is None or to is None:
        return None
    town = desk.reader.town(draft.commune)
    return FilingLetter(
        desk.mailer, to, turn.language, service, team, town, draft.address, draft.commune
    )


def _offer_second(turn: Turn, draft: Draft) -> None:
    """The other problem of the first message: offered in the citizen's words, never filed alone."""
    place = place_of_also(draft)
    where = {} if place is None else {"place": asdict(place)}
    turn.say(
        say("also.offer", words=draft.also[:MOST_QUOTED]),
        buttons=(
            Button(
                say("button.also"),
                Press("file_request", {"text": draft.also, **where}),
                lasting=True,
            ),
            Button(say("button.no_thanks"), Press("deny"), lasting=True),
        ),
        expects="choice",
    )
