"""Photos that come into a report: how many, and where they were taken. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.service_requests.draft import Draft
from bot.service_requests.rules import MOST_PHOTOS
from bot.words.phrases import Line, say


def with_photos(
    draft: Draft, photos: Sequence[str], taken_at: tuple[float, float] | None
) -> tuple[Draft, tuple[Line, ...]]:
    """A report with more photos, and what is said of those that are too many. Where they were
    taken is kept only while the report has no place."""
    together = tuple(dict.fromkeys((*draft.photos, *photos)))
    draft = replace(
        draft,
        photos=together[:MOST_PHOTOS],
        taken_at=None if draft.has_place else taken_at or draft.taken_at,
    )
    if len(together) > MOST_PHOTOS:
        return draft, (say("form.photos_enough", most=MOST_PHOTOS),)
    return draft, ()
