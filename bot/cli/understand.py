"""`./guichet understand`: one text a line in, one JSON object a line out, in order."""

from __future__ import annotations

import argparse
import json
import os

from bot.cli.lines import lines
from bot.cli.running import door, run_async
from bot.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def main(arguments: argparse.Namespace) -> int:
    del arguments
    settings = Settings.from_environment(os.environ)

    async def work() -> int:
        async with door(settings) as found:
            async for line in lines():
                for result in (await found.post("understand", {"texts": [line]}))["results"]:
                    print(json.dumps(result, ensure_ascii=False), flush=True)
        return 0

    return run_async(work)
