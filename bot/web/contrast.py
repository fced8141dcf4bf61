"""Whether words can be read on a colour: the ratio of WCAG 2.1. Pure."""

from __future__ import annotations

import re

ENOUGH = 4.5
"""Of text of ordinary size (1.4.3)."""
_HEX = re.compile(r"#[0-9a-f]{6}")


def is_colour(text: str) -> bool:
    """`#0b5c6b`, in small letters."""
    return _HEX.fullmatch(text) is not None


def ratio(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white), of two colours as `#rrggbb`."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
