"""`./guichet train`: train the Rasa model, fit the catalogue's matcher and measure the articles'
texts, each when it changed."""

from __future__ import annotations

import argparse
import os
import time

from bot.cli.running import run_async
from bot.engine.model import ensure_model
from bot.information.files import load_articles
from bot.information.operations import measure
from bot.services.catalogue_files import load_catalogue
from bot.services.matcher import ServiceMatcher
from bot.settings import Settings

SAYS_EVERY_S = 15.0


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
            await measure_articles(settings, matcher)
        return 0

    return run_async(work)


async def measure_articles(settings: Settings, matcher: ServiceMatcher) -> None:
    """Two minutes the first time, a second when all are kept; says how far it is."""
    began = said = time.monotonic()
    done = 0
    async for done in measure(load_articles(settings.catalogue), matcher):
        if time.monotonic() - said > SAYS_EVERY_S:
            said = time.monotonic()
            print(f"  … {done} of the articles' texts measured", flush=True)
    if (took := time.monotonic() - began) > SAYS_EVERY_S:
        print(f"articles: {done} texts measured in {took:.0f} s")
