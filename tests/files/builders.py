"""Pictures with and without what cameras write into them."""

from __future__ import annotations

import io
from typing import Any

from PIL import ExifTags, Image

from bot.files.pictures import Point

OULLINS: Point = (45.7146, 4.8075)
PARIS: Point = (48.8566, 2.3522)


def a_photo(
    at: Point | None = None, kind: str = "JPEG", size: tuple[int, int] = (64, 48), **gps: Any
) -> bytes:
    """A picture with a maker's name, taken at a point; `gps` replaces tags by their names."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Maker"
    if at is not None:
        latitude, longitude = at
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitudeRef: "S" if latitude < 0 else "N",
                ExifTags.GPS.GPSLatitude: _parts(latitude),
                ExifTags.GPS.GPSLongitudeRef: "W" if longitude < 0 else "E",
                ExifTags.GPS.GPSLongitude: _parts(longitude),
                **{ExifTags.GPS[name]: value for name, value in gps.items()},
            }
        )
    out = io.BytesIO()
    Image.new("RGB", size, "grey").save(out, kind, exif=exif)
    return out.getvalue()


def _parts(degrees: float) -> tuple[float, float, float]:
    whole = abs(degrees)
    minutes = (whole - int(whole)) * 60
    return float(int(whole)), float(int(minutes)), round((minutes - int(minutes)) * 60, 4)
