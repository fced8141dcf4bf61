"""Rasa's action protocol: the engine names an action, it runs on the turn in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions import asked, service_form
from actions.desk import Desk
from actions.handing_over import Why, hand_over
from actions.table import ACTIONS, THE_FORM
from actions.talk import caution, emergency
from actions.unreadable import own_up
from bot.conversations.rules import photos_in
from bot.conversations.turn import Turn
from bot.errors import NotFound
from bot.service_requests.reading import Said
from bot.services.working_days import local_date
from bot.tickets.rules import Reason
from bot.words.phrases import say

EMERGENCY = "emergency"
FOR_A_PERSON = frozenset(
    [ACTIONS[f"action_{name}"] for name in ("unsure", "complain", "chitchat", "out_of_scope")]
)
"""Answers that say nothing of what was told: where it is a wrong done to somebody, a person hears
it instead. Information and reports keep their own answers."""

SENSITIVE = Why(reason=Reason.SENSITIVE, said=say("sensitive.handed"))
FALLBACK = "nlu_fallback"
"""The intent that stands for "none is sure enough" (`FallbackClassifier` in `config.yml`)."""


async def run_action(turn: Turn, desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Run `body["next_action"]`. Returns Rasa's answer: events, and no response, since replies
    stay on the turn until its commit. Raises `NotFound` for an unknown action."""
    action = ACTIONS.get(str(body.get("next_action")))
    if action is None:
        raise NotFound("action")
    latest = (body.get("tracker") or {}).get("latest_message") or {}
    intent = latest.get("intent") or {}
    said = said_in(turn, intent, latest.get("intent_ranking") or ())
    if turn.in_form is None:
        turn.in_form = action is service_form.validate  # it has its look first when it is active
    if not turn.taken and await asked.takes(turn, desk, said):
        turn.taken = True
        await asked.take(turn, desk, said)
    if turn.taken:
        if not asked.is_for_person(turn):  # who is told that it was added to their ticket
            own_up(turn)
        return {"events": await asked.after(turn, desk, said, action), "responses": []}
    if turn.text and desk.signals.is_despair(turn.text):
        await emergency(turn, desk, said)  # first, whatever the message was taken for
        action = action if action in THE_FORM else emergency
    elif action is not emergency and may_be_emergency(turn, said):
        caution(turn)
    if action in FOR_A_PERSON and turn.text and desk.signals.is_sensitive(turn.text):
        hand_over(turn, desk, said, SENSITIVE)
        return {"events": [], "responses": []}
    own_up(turn)
    events = await action(turn, desk, said)
    return {"events": events, "responses": []}


def may_be_emergency(turn: Turn, said: Said) -> bool:
    """Whether a typed message, taken for something else, could still be one: the reader ranks an
    emergency from `alarm_caution` of `config.yml` on, and else not at all."""
    if not turn.text or said.intent == EMERGENCY:
        return False
    return dict(said.ranking).get(EMERGENCY, 0.0) > 0


def said_in(
    turn: Turn, intent: Mapping[str, Any], ranking: Sequence[Mapping[str, Any]] = ()
) -> Said:
    """The turn's messages as one. A button may carry the text that it was offered for."""
    pressed = turn.of_kind("press")
    places = turn.of_kind("location")
    contacts = turn.of_kind("contact")
    return Said(
        text=turn.text or str(turn.press.get("text", "")),
        intent=str(intent.get("name") or ""),
        confidence=float(intent.get("confidence") or 0.0),
        ranking=tuple(
            (str(likely["name"]), float(likely["confidence"]))
            for likely in ranking
            if likely["name"] != FALLBACK
        ),
        press=turn.press,
        stale=bool(pressed and pressed[0].content.get("stale")),
        location=(places[-1].content["latitude"], places[-1].content["longitude"])
        if places
        else None,
        photos=tuple(photo for m in turn.of_kind("photo") for photo in photos_in(m.content)),
        contact=contacts[-1].text if contacts else None,
        today=local_date(turn.now),
        language=turn.language,
    )
