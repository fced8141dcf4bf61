"""A small month."""

from __future__ import annotations

import argparse
from datetime import datetime

from bot.cli import demo
from bot.demo.month import Counts
from bot.service_requests.photos import PhotoFiles
from bot.services.working_days import PARIS
from bot.settings import Settings
from bot.storage.transaction import Database

UNTIL = datetime(2026, 11, 26, 15, 30, tzinfo=PARIS)


async def fill(database: Database, photos: PhotoFiles, seed: int = 3) -> Counts:
    arguments = argparse.Namespace(until=UNTIL, seed=seed, scale=0.05)
    _, counts = await demo._fill(Settings.from_environment({}), database, photos, arguments)
    return counts
