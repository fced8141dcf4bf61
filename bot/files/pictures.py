"""Pictures: checked by their content, re-encoded without metadata, and where they were taken.

Works on bytes; slow enough to want a thread.
"""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass
from enum import StrEnum

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from bot.errors import Invalid

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 60_000_000
LONGEST_SIDE = 2048
"""Pixels: a crack in a pavement is still seen, a letter in the background hardly."""
THUMBNAIL_SIDE = 320
FORMATS = ("JPEG", "PNG", "WEBP")
_HEIF_BRANDS = frozenset(
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"]
)
"""ISO/IEC 23008-12, annex B, and the AVIF specification: the major brand of the file."""

_BROKEN_TAGS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
"""What Pillow raises on metadata that is missing, cut or made up: no reason to refuse a photo."""

Point = tuple[float, float]


class Size(StrEnum):
    """The sizes that a picture is kept in."""

    FULL = "full"
    THUMB = "thumb"


@dataclass(frozen=True)
class Picture:
    """A clean JPEG with its thumbnail. `taken_at` is (latitude, longitude) in degrees: read from
    the metadata before these were dropped, and in neither of the two."""

    data: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: Point | None = None


def clean(raw: bytes) -> Picture:
    """Decode, turn upright, shrink and encode again: nothing of the file's metadata is left.

    Raises `Invalid` ("photo") for what is no picture of a known kind, or is too large; its
    `reason` says which. The real type is what decodes, whatever the name or the declared type say.
    """
    if len(raw) > MAX_BYTES:
        raise Invalid("photo", "too many bytes", "too_large")
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIF_BRANDS:
        raise Invalid("photo", "HEIF", "heic")
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Invalid("photo", "too many pixels", "too_large")
            taken_at = _taken_at(image)
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Invalid("photo", "not a picture", "unreadable") from error
    except Image.DecompressionBombError as error:
        raise Invalid("photo", "too many pixels", "too_large") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    small = fresh.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(_jpeg(fresh, 85), _jpeg(small, 80), fresh.width, fresh.height, taken_at)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _taken_at(image: Image.Image) -> Point | None:
    """Where a camera says that it was; None for none, or one that makes no sense."""
    try:
        tags = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        north = {"N": 1, "S": -1}[tags[ExifTags.GPS.GPSLatitudeRef]]
        east = {"E": 1, "W": -1}[tags[ExifTags.GPS.GPSLongitudeRef]]
        latitude = north * _degrees(tags[ExifTags.GPS.GPSLatitude])
        longitude = east * _degrees(tags[ExifTags.GPS.GPSLongitude])
    except _BROKEN_TAGS:
        return None
    return point_of(latitude, longitude)


def _degrees(parts: tuple[float, float, float]) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def point_of(latitude: float, longitude: float) -> Point | None:
    """A point on Earth; None for what is none, and for (0, 0), which cameras without a fix
    write."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180 or (latitude, longitude) == (0.0, 0.0):
        return None
    return latitude, longitude
