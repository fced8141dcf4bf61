"""What a mail is about, as far as the assistant can tell: whose it is, and whether it is urgent.
It answers nothing: a person reads it."""

from __future__ import annotations

from dataclasses import dataclass

from actions.handing_over import OF_URGENCY
from bot.conversations.language import detect_language
from bot.conversations.rules import MAX_TEXT
from bot.conversations.worker import TurnAborted
from bot.errors import NotFound, Unavailable
from bot.parts import Service as Running
from bot.services.rules import CATCH_ALL, Catalogue, Service, Team, is_sure
from bot.tickets.rules import Priority, Subject

EMERGENCY = "emergency"
LONGEST_READ = 1500
"""Characters that are read as one text."""
MOST_PARAGRAPHS = 8
"""Each is looked at for an emergency by itself: in a long mail it is one sentence."""
SURE_INTENT = 0.5

SUBJECTS = {
    "complain": Subject.COMPLAINT,
    "ask_information": Subject.QUESTION,
    "follow_disability_case": Subject.CASE_FILE,
    "follow_planning_case": Subject.CASE_FILE,
    "privacy_request": Subject.PRIVACY,
    "account_problem": Subject.ACCOUNT,
    "sign_in": Subject.ACCOUNT,
    "subscribe_notifications": Subject.NOTIFICATIONS,
    "unsubscribe_notifications": Subject.NOTIFICATIONS,
    "file_request": Subject.REQUEST,
    "follow_request": Subject.REQUEST,
    "withdraw_request": Subject.REQUEST,
    "reopen_request": Subject.REQUEST,
}


@dataclass(frozen=True)
class Understood:
    """`emergency`: which number to say first, None when it is none; `may_be_emergency`: the
    numbers in one line. `service`: only when it is sure. `commune`: a town that it names."""

    language: str
    intent: str = ""
    confidence: float = 0.0
    ranking: tuple[tuple[str, float], ...] = ()
    service: Service | None = None
    commune: str | None = None
    marks: tuple[str, ...] = ()
    emergency: str | None = None
    may_be_emergency: bool = False

    @property
    def subject(self) -> Subject:
        if self.confidence < SURE_INTENT:
            return Subject.HUMAN
        return SUBJECTS.get(self.intent, Subject.HUMAN)

    @property
    def priority(self) -> Priority:
        urgent = self.emergency is not None or OF_URGENCY.intersection(self.marks)
        return Priority.HIGH if urgent else Priority.NORMAL


async def understood(
    running: Running, subject: str, said: str, commune: str | None, *, is_patient: bool
) -> Understood:
    """Read subject and words. Raises `Unavailable` while the engine is away and `is_patient`; else
    it is done without, and the emergency numbers are said in any case."""
    text = f"{subject}\n{said}".strip()[:MAX_TEXT]
    mention = running.gazetteer.mention(text)
    town = commune or (mention.commune.insee if mention and mention.commune else None)
    signals = running.desk.signals
    parses = await _parses(running, subject, said, is_patient=is_patient)
    first = parses[0] if parses else ("", 0.0, ())
    is_emergency = signals.is_despair(text) or any(one[0] == EMERGENCY for one in parses)
    kind = "suicide" if signals.is_despair(text) else signals.emergency_kind(text)
    return Understood(
        detect_language(text),
        first[0],
        first[1],
        first[2],
        await _service(running, text, town),
        town,
        signals.marks(text),
        kind if is_emergency else None,
        not is_emergency and (not parses or any(map(_may_be_emergency, parses))),
    )


Parse = tuple[str, float, tuple[tuple[str, float], ...]]


def _may_be_emergency(parse: Parse) -> bool:
    return dict(parse[2]).get(EMERGENCY, 0.0) > 0


async def _parses(running: Running, subject: str, said: str, *, is_patient: bool) -> list[Parse]:
    """The whole first, then each paragraph. None where nothing can be read now."""
    engine = running.engine
    if engine is None or not engine.client.ready:
        if is_patient:
            raise Unavailable("engine")
        return []
    paragraphs = [one.strip()[:LONGEST_READ] for one in said.split("\n") if one.strip()]
    whole = f"{subject}\n{said}".strip()[:LONGEST_READ]
    single = [one for one in (subject, *paragraphs[:MOST_PARAGRAPHS]) if one and one != whole]
    texts = [whole, *single]
    if not whole:
        return []
    try:
        return [_parse(one) for one in await engine.client.parse(texts)]
    except (TurnAborted, Unavailable):
        if is_patient:
            raise Unavailable("engine") from None
        return []


def _parse(told: dict[str, object]) -> Parse:
    ranking = told.get("ranking")
    ranked = tuple(
        (str(one["name"]), float(one["confidence"]))
        for one in (ranking if isinstance(ranking, list) else ())
    )
    confidence = told.get("confidence")
    sure = float(confidence) if isinstance(confidence, int | float) else 0.0
    return str(told.get("intent") or ""), sure, ranked


async def _service(running: Running, text: str, town: str | None) -> Service | None:
    try:
        scores = await running.matcher.match(text[:LONGEST_READ], town)
    except Unavailable:
        return None
    if not is_sure(scores) or scores[0].code == CATCH_ALL:
        return None
    return running.catalogue.find(scores[0].code, town)


def team_of(catalogue: Catalogue, own: str | None, service: Service | None) -> Team:
    """Who reads it: the team of the address, else that of a sure service, else the reception."""
    try:
        if own is not None:
            return catalogue.team(own)
        return catalogue.team_for(service)
    except NotFound:
        return catalogue.team_for(None)
