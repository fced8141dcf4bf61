"""Pictures: checked by their content, re-encoded without metadata, and where they were taken.

Works on bytes; slow enough to want a thread.
"""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass
from enum import StrEnum

from PIL import ExifTags, Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from bot.errors import Invalid

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 60_000_000
"""Of a JPEG, which is decoded at the size that it is kept in, strip by strip."""
MAX_WHOLE_PIXELS = 24_000_000
"""Of what can only be decoded as a whole: 4 bytes a pixel in memory, and as much to convert it."""
LONGEST_SIDE = 2048
"""Pixels: a crack in a pavement is still seen, a letter in the background hardly."""
THUMBNAIL_SIDE = 320
FORMATS = ("JPEG", "PNG", "WEBP")
_HEIF_BRANDS = frozenset(
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"]
)
"""ISO/IEC 23008-12, annex B, and the AVIF specification: the major brand of the file."""

_BROKEN = (
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
"""What Pillow raises on a file, or on metadata, that is cut or made up."""
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""CIPA DC-008 (EXIF), tag 274: how a picture was held -> what turns it upright."""

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
    """Decode, shrink, turn upright and encode again: nothing of the file's metadata is left.

    Raises `Invalid` ("photo") for what is no picture of a known kind, or is too large; its
    `reason` says which. The real type is what decodes, whatever the name or the declared type say.
    """
    if len(raw) > MAX_BYTES:
        raise Invalid("photo", "too many bytes", "too_large")
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIF_BRANDS:
        raise Invalid("photo", "HEIF", "heic")
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            _check_pixels(image)
            taken_at, turn = _taken_at(image), _turn(image)
            shrunk = _shrunk(image)
    except _BROKEN as error:
        raise Invalid("photo", "not a picture", "unreadable") from error
    except Image.DecompressionBombError as error:
        raise Invalid("photo", "too many pixels", "too_large") from error
    upright = shrunk if turn is None else shrunk.transpose(turn)
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    small = fresh.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(_jpeg(fresh, 85), _jpeg(small, 80), fresh.width, fresh.height, taken_at)


def _check_pixels(image: ImageFile.ImageFile) -> None:
    """Before anything is decoded. A progressive JPEG keeps all its coefficients until its end."""
    is_in_strips = isinstance(image, JpegImageFile) and "progressive" not in image.info
    most = MAX_PIXELS if is_in_strips else MAX_WHOLE_PIXELS
    if image.width * image.height > most:
        raise Invalid("photo", "too many pixels", "too_large")


def _shrunk(image: ImageFile.ImageFile) -> Image.Image:
    """Decoded, in the size that is kept. A JPEG is decoded at a half, a quarter or an eighth while
    it is still larger than that."""
    share = LONGEST_SIDE / max(image.size)
    image.draft("RGB", (max(1, int(image.width * share)), max(1, int(image.height * share))))
    image.load()
    plain = image if image.mode == "RGB" else image.convert("RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return plain


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What turns a picture upright; None when it is, or does not say."""
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _BROKEN:
        return None


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
    except _BROKEN:
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
