"""`./guichet train`: train the Rasa model, fit the catalogue's matcher and measure the articles'
texts, each when it changed."""

from __future__ import annotations

import argparse
import hashlib
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
        model, trained = await ensure_model(settings, tell=Steps())
        took = time.monotonic() - began
        print(f"model {model.name}: " + (f"trained in {took:.0f} s" if trained else "up to date"))
        cache = settings.state / "cache"
        stamp = cache / f"measured-{content_digest(settings)}"
        if stamp.exists():
            return 0
        async with ServiceMatcher(load_catalogue(settings.catalogue), cache) as matcher:
            await matcher.ready()
            await measure_articles(settings, matcher)
            is_measured = matcher.embedder is not None
        for old in cache.glob("measured-*"):
            old.unlink()
        if is_measured:  # another machine might
            stamp.touch()
        return 0

    return run_async(work)


def content_digest(settings: Settings) -> str:
    """What the catalogue says and what reads it: while neither changes, there is nothing to do."""
    readers = [settings.root / "bot" / "services", settings.root / "bot" / "words"]
    paths = [p for folder in readers for p in folder.glob("*.py")]
    paths += [p for p in settings.catalogue.rglob("*") if p.is_file()]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(settings.root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


class Steps:
    """Prints each step once."""

    def __init__(self) -> None:
        self._told = ""

    def __call__(self, step: str) -> None:
        if step != self._told:
            self._told = step
            print(f"  … {step}", flush=True)


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
