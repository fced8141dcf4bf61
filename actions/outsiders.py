"""What is somebody else's business is said at once, with whom to turn to."""

from __future__ import annotations

from actions.desk import Desk
from bot.conversations.turn import Turn
from bot.notifications.messages import HUMAN
from bot.service_requests.draft import Draft
from bot.service_requests.reading import Said
from bot.words.phrases import Button, Press, say


def guide(turn: Turn, desk: Desk, said: Said, draft: Draft) -> bool:
    """Say who is in charge, when the words name somebody else's business. True when that is the
    whole answer; a tap still reports it to us."""
    found = None if said.press else desk.outsiders.named(said.text)
    if found is None:
        return False
    lines = (say("outsider.who", who=found.label), found.contact)
    if draft.service is not None and not found.is_theirs_alone:
        turn.say(*lines)
        return False
    turn.taken = True  # no form begins
    anyway = Press("file_request", {"text": said.text})
    turn.say(
        *lines,
        buttons=(
            Button(say("button.report_anyway"), anyway, lasting=True),
            HUMAN,
        ),
    )
    return True
