"""What is left of a picture, what is read of it, and what is refused."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageFile

from bot.errors import Invalid
from bot.files.pictures import LONGEST_SIDE, MAX_BYTES, THUMBNAIL_SIDE, clean, point_of
from tests.files.builders import OULLINS, a_photo

BUENOS_AIRES = (-34.6037, -58.3816)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("at", [OULLINS, BUENOS_AIRES])
def test_where_it_was_taken_is_read_and_in_no_file(kind: str, at: tuple[float, float]) -> None:
    picture = clean(a_photo(at, kind))
    assert picture.taken_at == pytest.approx(at, abs=1e-6)
    for data in (picture.data, picture.thumbnail):
        with Image.open(io.BytesIO(data)) as kept:
            assert kept.format == "JPEG"
            assert dict(kept.getexif()) == {}
        assert b"Exif" not in data
        assert b"Maker" not in data


def test_a_picture_without_a_place_has_none() -> None:
    assert clean(a_photo()).taken_at is None


@pytest.mark.parametrize(
    "gps",
    [
        {"GPSLatitude": (95.0, 0.0, 0.0)},
        {"GPSLongitude": (180.0, 59.0, 0.0)},
        {"GPSLatitude": (0.0, 0.0, 0.0), "GPSLongitude": (0.0, 0.0, 0.0)},
        {"GPSLatitude": (45.0, 42.0)},
        {"GPSLatitudeRef": "X"},
        {"GPSLongitudeRef": ""},
    ],
)
def test_a_place_that_makes_no_sense_is_none_and_refuses_nothing(gps: dict[str, Any]) -> None:
    assert clean(a_photo(OULLINS, **gps)).taken_at is None


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow tells of each broken tag
@given(st.integers(0, 400), st.binary(min_size=1, max_size=40))
@settings(max_examples=200, deadline=None)
def test_broken_metadata_never_breaks_the_door(at: int, noise: bytes) -> None:
    raw = a_photo(OULLINS)
    broken = raw[:at] + noise + raw[at + len(noise) :]
    try:
        clean(broken)
    except Invalid as error:
        assert error.reason in ("unreadable", "too_large", "heic")  # noqa: PT017


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(float("nan"), 4.8), (45.7, float("inf")), (90.1, 0.0), (0.0, -180.1), (0.0, 0.0)],
)
def test_no_point_on_earth(latitude: float, longitude: float) -> None:
    assert point_of(latitude, longitude) is None


def test_a_picture_is_shrunk_and_has_a_thumbnail() -> None:
    picture = clean(a_photo(size=(3000, 1500)))
    assert (picture.width, picture.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)
    with Image.open(io.BytesIO(picture.thumbnail)) as small:
        assert small.size == (THUMBNAIL_SIDE, THUMBNAIL_SIDE // 2)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"not a picture", "unreadable"),
        (b"", "unreadable"),
        (a_photo()[:200], "unreadable"),
        (b"GIF89a" + bytes(40), "unreadable"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "heic"),
        (b"\0\0\0\x18ftypavif" + bytes(40), "heic"),
        (bytes(MAX_BYTES + 1), "too_large"),
    ],
    ids=["text", "nothing", "cut", "GIF", "HEIC", "AVIF", "large"],
)
def test_a_refusal_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean(raw)
    assert (refused.value.field, refused.value.reason) == ("photo", reason)


def encoded(size: tuple[int, int], kind: str, **how: bool) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, "grey").save(out, kind, **how)
    return out.getvalue()


@pytest.mark.parametrize(
    ("size", "kind", "how"),
    [
        ((10_000, 7_000), "JPEG", {}),
        ((6_000, 4_100), "JPEG", {"progressive": True}),
        ((6_000, 4_100), "PNG", {}),
    ],
)
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    size: tuple[int, int], kind: str, how: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = encoded(size, kind, **how)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(Invalid) as refused:
        clean(raw)
    assert refused.value.reason == "too_large"


def test_a_large_jpeg_is_never_in_memory_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = encoded((7_700, 7_700), "JPEG")
    decoded: list[tuple[int, int]] = []
    load = ImageFile.ImageFile.load

    def noted(image: ImageFile.ImageFile) -> Any:
        decoded.append(image.size)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", noted)
    picture = clean(raw)
    assert (picture.width, picture.height) == (LONGEST_SIDE, LONGEST_SIDE)
    assert max(decoded) < (2 * LONGEST_SIDE, 2 * LONGEST_SIDE)


def held(orientation: int) -> bytes:
    """White above, black below, as the file has it."""
    image = Image.new("RGB", (60, 40), "white")
    image.paste("black", (0, 20, 60, 40))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(
    ("orientation", "size", "dark"),
    [
        (1, (60, 40), (30, 35)),
        (3, (60, 40), (30, 5)),
        (6, (40, 60), (5, 30)),
        (8, (40, 60), (35, 30)),
        (9, (60, 40), (30, 35)),
    ],
)
def test_a_picture_is_turned_upright(
    orientation: int, size: tuple[int, int], dark: tuple[int, int]
) -> None:
    with Image.open(io.BytesIO(clean(held(orientation)).data)) as kept:
        assert kept.size == size
        darkness = kept.getpixel(dark)
        assert isinstance(darkness, tuple)
        assert darkness[0] < 40


@pytest.mark.parametrize("error", [struct.error, TypeError, OverflowError, KeyError])
def test_whatever_a_decoder_stumbles_over_is_an_unreadable_picture(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: object) -> None:
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", stumble)
    with pytest.raises(Invalid) as refused:
        clean(a_photo())
    assert refused.value.reason == "unreadable"
