"""The port to an address service, and the one that stands for none."""

from __future__ import annotations

from typing import Protocol

from bot.places.rules import Candidate


class Geocoder(Protocol):
    """Finds addresses by words and by point. Asked outside of any transaction."""

    async def search(
        self,
        text: str,
        *,
        near: tuple[float, float] | None = None,
        insee: str | None = None,
        arrondissement: int | None = None,
    ) -> tuple[Candidate, ...]:
        """The addresses that a text may be, best first; none when nothing is like it.

        `near` (latitude, longitude) prefers what is around; `insee` and `arrondissement` allow
        that town or that part only. Raises `Unavailable`.
        """
        ...

    async def reverse(self, latitude: float, longitude: float) -> Candidate | None:
        """The address nearest to a point in degrees; None when there is none around. Raises
        `Unavailable`."""
        ...


class NoGeocoder:
    """Where no address service is set: nothing is ever found, and texts are kept as told."""

    async def search(
        self,
        text: str,
        *,
        near: tuple[float, float] | None = None,
        insee: str | None = None,
        arrondissement: int | None = None,
    ) -> tuple[Candidate, ...]:
        """Nothing."""
        return ()

    async def reverse(self, latitude: float, longitude: float) -> Candidate | None:
        """Nothing."""
        return None
