"""The places that an agent may mean, with a scripted address service."""

from __future__ import annotations

import pytest

from bot.errors import Invalid
from bot.places.outlines import Lies
from bot.places.rules import Candidate
from bot.service_requests.draft import Place
from bot.service_requests.placing import LONGEST_ADDRESS, Meant, Placer
from tests.actions.desks import a_locator, gazetteer
from tests.places.addresses import LYON_2, LYON_3, ScriptedGeocoder, an_address
from tests.service_requests.test_locating import Somewhere

OULLINS, BRON, LYON = "69149", "69029", "69123"
HERE = (45.7370, 4.9110)  # where `an_address` is
THERE = (45.7145, 4.8075)


def a_placer(
    *found: Candidate, nearest: Candidate | None = None, lies: Lies | None = None
) -> Placer:
    outlines = Somewhere(lies or Lies())
    geocoder = ScriptedGeocoder(*found, nearest=nearest)
    return Placer(a_locator(geocoder, outlines), outlines, gazetteer())


async def test_an_address_gets_its_town_and_point() -> None:
    placer = a_placer(an_address("Rue Pasteur", "12"))
    places = await placer.places(Meant("12 r Pasteur"))
    assert places == (Place("12 rue Pasteur", *HERE, BRON),)


async def test_the_town_may_be_written_behind_the_address() -> None:
    (place,) = await a_placer().places(Meant("12 rue Pasteur, Bron"))
    assert place == Place("12 rue Pasteur", None, None, BRON)
    (place,) = await a_placer().places(Meant("5 rue de Créqui Lyon 3e"))
    assert place == Place("5 rue de Créqui (3e)", None, None, LYON)


async def test_the_town_that_was_chosen_counts() -> None:
    (place,) = await a_placer(an_address("Rue Pasteur", "12")).places(
        Meant("12 rue Pasteur", OULLINS)
    )
    assert place == Place("12 rue Pasteur", None, None, OULLINS)


async def test_of_several_places_somebody_chooses() -> None:
    placer = a_placer(an_address(**LYON_2), an_address(**LYON_3), an_address())
    places = await placer.places(Meant("12 rue de la République"))
    assert [(place.address, place.commune) for place in places] == [
        ("12 rue de la République (2e)", LYON),
        ("12 rue de la République (3e)", LYON),
        ("12 rue de la République", BRON),
    ]


async def test_what_no_service_knows_stays_as_it_was_written() -> None:
    (place,) = await a_placer().places(Meant("derrière le gymnase", BRON))
    assert place == Place("derrière le gymnase", None, None, BRON)


async def test_a_town_alone_is_enough() -> None:
    assert await a_placer().places(Meant("", BRON)) == (Place(None, None, None, BRON),)


async def test_a_point_is_of_the_town_around_it_and_of_the_nearest_house() -> None:
    nearest = an_address("Rue Pasteur", "12")
    placer = a_placer(nearest=nearest, lies=Lies(BRON))
    places = await placer.places(Meant("", OULLINS, HERE))
    assert places == (Place("12 rue Pasteur", *HERE, BRON),)


async def test_a_point_without_outlines_is_of_the_chosen_town_or_of_one_of_the_nearest() -> None:
    placer = a_placer()
    assert await placer.places(Meant("le kiosque", OULLINS, THERE)) == (
        Place("le kiosque", *THERE, OULLINS),
    )
    near = await placer.places(Meant("", None, THERE))
    assert OULLINS in [place.commune for place in near]
    assert len(near) == 3


@pytest.mark.parametrize(
    ("meant", "reason"),
    [
        (Meant(), "empty"),
        (Meant("   "), "empty"),
        (Meant("x" * (LONGEST_ADDRESS + 1)), "too_long"),
        (Meant("12 rue Pasteur"), "town"),
        (Meant("12 rue Pasteur", "75056"), "unknown"),
        (Meant("12 rue Pasteur à Grenoble"), "outside"),
        (Meant("", None, (48.85, 2.35)), "outside"),
    ],
)
async def test_what_is_no_place_is_refused_with_a_reason(meant: Meant, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        await a_placer().places(meant)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("place", "lies", "reason"),
    [
        (Place("12 rue Pasteur", *HERE, BRON), Lies(BRON), None),
        (Place("12 rue Pasteur", *HERE, BRON), Lies(LYON), None),  # near a border
        (Place(None, *HERE, BRON), Lies(LYON), "elsewhere"),
        (Place(None, *HERE, BRON), Lies(outside=True), "outside"),
        (Place("là", 48.85, 2.35, BRON), Lies(), "outside"),
        (Place("là", None, None, None), Lies(), "town"),
        (Place("là", None, None, "00000"), Lies(), "unknown"),
    ],
)
async def test_what_is_posted_is_checked(place: Place, lies: Lies, reason: str | None) -> None:
    placer = a_placer(lies=lies)
    if reason is None:
        await placer.check(place)
        return
    with pytest.raises(Invalid) as refused:
        await placer.check(place)
    assert refused.value.reason == reason
