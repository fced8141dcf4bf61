"""The doors that put the place of a request right, as they are described beside the others."""

from __future__ import annotations

from bot.web.agent import moving_shapes as shapes
from bot.web.agent.described import REFERENCE, TICKET, does
from bot.web.described import LANGUAGE, Door, refusals

MOVING_DOORS = (
    Door(
        "post",
        f"{TICKET}/places",
        "Where a request of the citizen's may be, and what is reported there already.",
        {200: shapes.FoundPlaces, **refusals(400, 403, 404, 409, 429)},
        takes=shapes.PostedWhere,
        parameters=(REFERENCE, LANGUAGE),
    ),
    does("move", "Move a request of the citizen's to another place.", shapes.PostedMove, 409),
)
