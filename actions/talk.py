"""Greetings, help, language and town, and danger."""

from __future__ import annotations

from actions import filed, photo_place
from actions.buttons import RESUME
from actions.desk import Action, Desk, Event
from actions.doubt import ask_openly, person
from actions.foreign import answer_foreign
from actions.own import own_requests
from actions.requests import FOLLOW, REPORT
from bot.conversations.turn import Turn
from bot.notifications.messages import HUMAN
from bot.service_requests.draft import Draft
from bot.service_requests.photographed import with_photos
from bot.service_requests.reading import Said
from bot.service_requests.rules import CLOSED
from bot.words.catalogues import LANGUAGES
from bot.words.folding import fold
from bot.words.phrases import Button, Press, say

OF_PERSONS = frozenset({"suicide", "violence", "medical"})
"""Emergencies that are about somebody: said not to be urgent, they are a person's to hear, not a
report to file."""


async def greet(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """Say what we are, and bring back what was left unfinished."""
    turn.introduced = True
    if turn.draft is not None and not turn.draft.step:
        turn.draft = None
    if turn.draft is not None:
        turn.say(say("greeting.hello"), say("greeting.unfinished"), buttons=(RESUME, REPORT, HUMAN))
    else:
        turn.say(say("greeting.hello"), buttons=(REPORT, FOLLOW, HUMAN))
    return []


def saying(*keys: str, with_choices: bool = False) -> Action:
    """An answer that is always the same."""

    async def answer(turn: Turn, desk: Desk, said: Said) -> list[Event]:
        turn.say(
            *[say(key) for key in keys], buttons=(REPORT, FOLLOW, HUMAN) if with_choices else ()
        )
        return []

    return answer


async def affirm(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """A yes to nothing that was asked."""
    if turn.draft is not None and turn.draft.step:
        turn.say(say("affirm.unfinished"), buttons=(RESUME, HUMAN))
    else:
        turn.say(say("affirm.nothing"), buttons=(REPORT, FOLLOW, HUMAN))
    return []


async def emergency(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """The numbers at once, the fitting one first; never a form."""
    if turn.alarmed:
        return []
    turn.alarmed = turn.introduced = True
    kind = desk.signals.emergency_kind(said.text)
    calm = Press("file_request", {"text": said.text} if said.text else {"new": True})
    if kind in OF_PERSONS:
        calm = Press("structured_input", {"calm": True, "text": said.text})
    turn.say(
        say(f"emergency.{kind}"),
        say("emergency.not_this_service"),
        buttons=(
            Button(say("button.called"), Press("structured_input", {"called": True}), lasting=True),
            Button(say("button.not_urgent"), calm, lasting=True),
        ),
    )
    return []


def caution(turn: Turn) -> None:
    """The numbers in one line, once a turn, before the answer to what may be an emergency."""
    if not (turn.alarmed or turn.cautioned):
        turn.cautioned = True
        turn.say(say("emergency.caution"))


async def change_language(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """Switch to the language named, else to the other one."""
    text = fold(said.text)
    if said.press.get("language") in LANGUAGES:
        turn.language = str(said.press["language"])
    elif any(word in text for word in ("francais", "french")):
        turn.language = "fr"
    elif any(word in text for word in ("anglais", "english")):
        turn.language = "en"
    else:
        turn.language = "en" if turn.language == "fr" else "fr"
    turn.say(say("language.changed"))
    return []


async def change_commune(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """Another town: taken when it is one of the metropolis, asked when it is unclear."""
    found = desk.gazetteer.mention(said.text)
    if said.press.get("commune"):
        turn.commune = str(said.press["commune"])
        turn.say(say("commune.changed", town=desk.reader.town(turn.commune)))
    elif found is None:
        turn.say(say("form.what_commune"), expects="text")
    elif found.is_outside:
        turn.say(say("form.outside", town=found.name), buttons=(HUMAN,))
    elif found.commune is None:
        turn.say(
            say("form.which_commune"),
            buttons=tuple(
                Button(c.name, Press("change_commune", {"commune": c.insee}))
                for c in found.candidates
            ),
            expects="choice",
        )
    else:
        turn.commune = found.commune.insee
        turn.say(say("commune.changed", town=found.commune.name))
    return []


async def _may_belong(turn: Turn, desk: Desk, said: Said) -> bool:
    """Offers to add the picture to an open request of the citizen's."""
    await _keep_photos(turn, desk, said)
    rows = await own_requests(turn, desk)
    still_open = [row.reference for row in rows if row.status not in CLOSED]
    return filed.offer_photo(turn, still_open, said.photos)


async def _position(turn: Turn, desk: Desk, point: tuple[float, float]) -> None:
    """A position before anything else: kept for the report that follows."""
    placed = await desk.reader.at_position(point)
    if placed is None:
        turn.say(say("form.point_outside"), buttons=(REPORT, HUMAN))
        return
    if turn.draft is None or not turn.draft.step:
        turn.draft = placed
    if placed.address is None:
        turn.say(say("structured.location"), buttons=(REPORT, HUMAN))
    else:
        place = desk.reader.place(placed)
        turn.say(say("structured.location_at", place=place), buttons=(REPORT, HUMAN))


async def _keep_photos(turn: Turn, desk: Desk, said: Said) -> None:
    """Pictures before anything else: kept for the report that follows."""
    said = await photo_place.knowing_where(turn, desk, said)
    if turn.draft is None or not turn.draft.step:
        kept = turn.draft or Draft()
        turn.draft, _ = with_photos(kept, said.photos, said.taken_at)


async def structured(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """A photo, a position or an old button, outside the form."""
    if said.press.get("foreign"):
        answer_foreign(turn, said.text)
    elif said.press.get("called"):
        turn.say(say("emergency.called"), buttons=(REPORT, HUMAN))
    elif said.press.get("calm"):
        turn.say(say("emergency.calm"), buttons=(person(said.text), REPORT))
    elif said.press.get("other"):
        ask_openly(turn)
    elif said.stale or said.press:
        turn.say(say("form.stale"), buttons=(REPORT, FOLLOW, HUMAN))
    elif said.photos and await _may_belong(turn, desk, said):
        return []
    elif said.photos:
        turn.say(say("structured.photo"), buttons=(REPORT, HUMAN))
    elif said.location is not None:
        await _position(turn, desk, said.location)
    elif turn.is_unreadable:
        turn.expecting = turn.awaiting  # it is said already; what was asked waits
    else:
        ask_openly(turn)
    return []
