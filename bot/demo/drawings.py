"""Simple drawn pictures in the place of photos: nobody's street, nobody's face."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

SIZE = (640, 480)
HORIZON = 190
Pen = ImageDraw.ImageDraw


def draw(what: str, seed: int) -> bytes:
    """A JPEG of a street with `what` in it: a key of `THINGS`. Raises `KeyError` for another."""
    rng = random.Random(seed)  # noqa: S311  (a drawing, not a secret)
    image = Image.new("RGB", SIZE, (150 + rng.randrange(60), 180 + rng.randrange(40), 215))
    pen = ImageDraw.Draw(image)
    _street(pen, rng)
    THINGS[what](pen, rng)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=80)
    return written.getvalue()


def _street(pen: Pen, rng: random.Random) -> None:
    x = 0
    while x < SIZE[0]:
        width, height = rng.randint(70, 140), rng.randint(70, 170)
        shade = rng.randint(150, 215)
        top = HORIZON - height
        pen.rectangle((x, top, x + width, HORIZON), fill=(shade, shade - 20, shade - 45))
        for left in range(x + 12, x + width - 20, 32):
            for up in range(top + 14, HORIZON - 24, 38):
                pen.rectangle((left, up, left + 14, up + 22), fill=(90, 105, 120))
        x += width
    pen.rectangle((0, HORIZON, *SIZE), fill=(165, 162, 158))
    pen.polygon([(0, 480), (0, 330), (640, 250), (640, 480)], fill=(88, 88, 92))


def _pothole(pen: Pen, rng: random.Random) -> None:
    x, y = rng.randint(180, 380), rng.randint(345, 390)
    pen.ellipse((x, y, x + 170, y + 60), fill=(55, 52, 50))
    pen.ellipse((x + 22, y + 14, x + 140, y + 52), fill=(34, 32, 30))


def _dumping(pen: Pen, rng: random.Random) -> None:
    for _ in range(5):
        x, y = rng.randint(120, 420), rng.randint(200, 260)
        colour = rng.choice([(60, 64, 70), (120, 92, 60), (180, 170, 150), (70, 90, 120)])
        pen.rounded_rectangle(
            (x, y, x + rng.randint(50, 110), y + rng.randint(40, 80)), 14, fill=colour
        )


def _bin(pen: Pen, rng: random.Random) -> None:
    x = rng.randint(220, 360)
    for _ in range(9):
        left, top = x + rng.randint(-30, 70), rng.randint(160, 280)
        pen.ellipse((left, top, left + 34, top + 26), fill=(225, 222, 210))
    pen.rectangle((x, 200, x + 76, 310), fill=(44, 84, 62))


def _lamp(pen: Pen, rng: random.Random) -> None:
    x = rng.randint(200, 420)
    pen.rectangle((x, 40, x + 10, 330), fill=(50, 54, 58))
    pen.rectangle((x - 60, 36, x + 10, 46), fill=(50, 54, 58))
    pen.ellipse((x - 76, 40, x - 36, 62), fill=(95, 95, 88))


def _graffiti(pen: Pen, rng: random.Random) -> None:
    pen.rectangle((120, 90, 520, 260), fill=(205, 198, 186))
    colour = rng.choice([(190, 40, 90), (40, 90, 190), (30, 130, 80)])
    points = [(150 + 30 * n, rng.randint(110, 235)) for n in range(12)]
    pen.line(points, fill=colour, width=12, joint="curve")


def _water(pen: Pen, rng: random.Random) -> None:
    top = rng.randint(280, 340)
    pen.rectangle((0, top, *SIZE), fill=(104, 112, 104))
    for _ in range(30):
        x, y = rng.randint(0, 600), rng.randint(top, 470)
        pen.line((x, y, x + 46, y), fill=(150, 160, 154), width=2)


def _tree(pen: Pen, rng: random.Random) -> None:
    y = rng.randint(300, 360)
    pen.polygon([(60, y), (64, y + 26), (420, y - 10), (420, y - 26)], fill=(92, 66, 44))
    for _ in range(26):
        x, up = rng.randint(360, 560), rng.randint(y - 90, y + 40)
        pen.ellipse((x, up, x + 60, up + 46), fill=(50 + rng.randrange(30), 104, 50))


THINGS = {
    "pothole": _pothole,
    "dumping": _dumping,
    "bin": _bin,
    "lamp": _lamp,
    "graffiti": _graffiti,
    "water": _water,
    "tree": _tree,
}
