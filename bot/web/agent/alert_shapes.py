"""What goes through the doors of alerts, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from bot.handover.alerting import How, What
from bot.web.shapes import Given, Told

Chosen = Annotated[How, Field(strict=False)]


class PostedChoices(Given):
    new: Chosen
    answer: Chosen
    mention: Chosen
    due: Chosen


class Choices(Told):
    """How the agent is alerted: of a ticket that comes to their teams, of an answer on one of
    theirs, of a note that calls them, of a delay of theirs that is nearly over."""

    new: How
    answer: How
    mention: How
    due: How


class Alert(Told):
    """Something that happened, by kind and reference only: it is shown on locked screens. `id`:
    whoever was told once is not told again."""

    id: str
    what: What
    how: How
    reference: str
    at: datetime


class Alerts(Told):
    """What happened in the last minutes of what the agent wants to hear of, the newest first."""

    choices: Choices
    recent: list[Alert]
