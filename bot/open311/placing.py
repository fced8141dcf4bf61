"""Which town a posted place is in. Pure."""

from __future__ import annotations

from bot.open311.rules import BadParameter, Posted, Problem
from bot.places.communes import Gazetteer
from bot.places.outlines import UNKNOWN, Lies
from bot.places.rules import CommuneMention


def commune_of(
    gazetteer: Gazetteer, posted: Posted, preferred: str | None, lies: Lies = UNKNOWN
) -> str:
    """The town named by the address, else the one whose outline is around the point (`lies`), else
    the nearest. `preferred`: the town of the jurisdiction or of the key, taken where the place
    leaves a choice.

    Raises `BadParameter` for a place outside the metropolis, or in one of several towns.
    """
    if lies.outside:
        raise BadParameter("lat", Problem.OUTSIDE)
    near = _near(gazetteer, posted)
    mention = gazetteer.mention(posted.address) if posted.address else None
    if mention is not None:
        return _named(mention, near, preferred)
    if lies.commune is not None:
        return lies.commune
    if near:
        return preferred if preferred in near[:3] else near[0]
    if preferred is None:
        raise BadParameter("address_string", Problem.AMBIGUOUS_PLACE)
    return preferred


def _near(gazetteer: Gazetteer, posted: Posted) -> tuple[str, ...]:
    """Every town, nearest to the point first; none without a point."""
    if posted.latitude is None or posted.longitude is None:
        return ()
    if not gazetteer.is_around(posted.latitude, posted.longitude):
        raise BadParameter("lat", Problem.OUTSIDE)
    return tuple(c.insee for c, _ in gazetteer.distances(posted.latitude, posted.longitude))


def _named(mention: CommuneMention, near: tuple[str, ...], preferred: str | None) -> str:
    candidates = [commune.insee for commune in mention.candidates]
    if not candidates:
        raise BadParameter("address_string", Problem.OUTSIDE)
    if preferred in candidates:
        return preferred
    if len(candidates) > 1 and not near:
        raise BadParameter("address_string", Problem.AMBIGUOUS_PLACE)
    return min(candidates, key=near.index) if near else candidates[0]
