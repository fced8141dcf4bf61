"""`./guichet train`: train the Rasa model, and fit the catalogue's matcher, when they changed."""

from __future__ import annotations

import argparse
import os
import time

from bot.cli.running import run_async
from bot.engine.model import ensure_model
from bot.services.catalogue_files import load_catalogue
from bot.services.matcher import ServiceMatcher
from bot.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def main(arguments: argparse.Namespace) -> int:
    del arguments
    settings = Settings.from_environment(os.environ)
    for folder in ("run", "logs"):
        (settings.state / folder).mkdir(parents=True, exist_ok=True)

    async def work() -> int:
        began = time.monotonic()
        model, trained = await ensure_model(settings)
        took = time.monotonic() - began
        print(f"model {model.name}: " + (f"trained in {took:.0f} s" if trained else "up to date"))
        cache = settings.state / "cache"
        async with ServiceMatcher(load_catalogue(settings.catalogue), cache) as matcher:
            await matcher.ready()
        return 0

    return run_async(work)
