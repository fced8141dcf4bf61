"""The doors that put something right in a ticket, as they are described beside the others."""

from __future__ import annotations

from bot.web.agent import mending_shapes as shapes
from bot.web.agent.described import REFERENCE, TICKET, does, reads
from bot.web.agent.shapes import PostedDeed
from bot.web.described import LANGUAGE, Door, query, refusals

MENDING_DOORS = (
    does(
        "redact",
        "Hide words of a message or of a note for every reader, or the whole of it.",
        shapes.PostedRedaction,
    ),
    Door(
        "post",
        f"{TICKET}/original",
        "What was hidden, for whoever administers, with a reason that is kept.",
        {200: shapes.Original, **refusals(400, 403, 404, 429)},
        takes=shapes.PostedReason,
        parameters=(REFERENCE,),
    ),
    does(
        "correct",
        "Say what a citizen's message meant: once reviewed, it teaches the assistant.",
        shapes.PostedCorrection,
        409,
    ),
    reads("/agent/api/meanings", "What a message may have meant.", shapes.Meanings),
    Door(
        "get",
        f"{TICKET}/mergeable",
        "The tickets in which it may go on.",
        {200: shapes.MergeableTickets, **refusals(400, 403, 404, 429)},
        parameters=(REFERENCE, query("into", "One that is named, instead of proposals."), LANGUAGE),
    ),
    does("merge", "Let it go on in another one.", shapes.PostedMerge, 409),
    does("unmerge", "Let it go on by itself again.", PostedDeed, 409),
    Door(
        "post",
        f"{TICKET}/split",
        "Make a ticket for another team of some of its messages.",
        {200: shapes.Split, **refusals(400, 403, 404, 409, 429)},
        takes=shapes.PostedSplit,
        parameters=(REFERENCE,),
    ),
)
