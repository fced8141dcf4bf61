"""The doors of alerts, as they are described beside the others."""

from __future__ import annotations

from bot.web.agent import alert_shapes as shapes
from bot.web.described import Door, refusals

ALERT_DOORS = (
    Door(
        "get",
        "/agent/api/alerts",
        "Of what the agent is alerted, and how; of nothing until they choose.",
        {200: shapes.Choices, **refusals(403, 429)},
    ),
    Door(
        "post",
        "/agent/api/alerts",
        "Choose of what to be alerted, from now on.",
        {200: shapes.Choices, **refusals(400, 403, 429)},
        takes=shapes.PostedChoices,
    ),
)
