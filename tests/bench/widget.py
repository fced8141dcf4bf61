"""How much a page of a town's site fetches for a conversation, squeezed as it is sent."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

from bot.checkout import Checkout
from bot.cli import widget
from bot.settings import Settings


async def measure(_: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    tell("the widget's files")
    built = await asyncio.to_thread(widget.built, Checkout.from_environment(os.environ))
    return {"gzip_bytes": built.gzip_bytes, "files": built.files}


def printed(figures: dict[str, Any]) -> list[str]:
    files = [f"  {size:>6} B  {name}" for name, size in figures["files"].items()]
    return [f"  {figures['gzip_bytes']:>6} B  in all, before anything is said", *files]
