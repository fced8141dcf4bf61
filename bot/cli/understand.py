"""`./guichet understand`: one text a line in, one JSON object a line out, in order."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys

from bot.cli.running import door, run_async
from bot.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def main(arguments: argparse.Namespace) -> int:
    del arguments
    settings = Settings.from_environment(os.environ)

    async def work() -> int:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=32 * 1024 * 1024)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        async with door(settings) as found:
            while line := await reader.readline():
                body = {"texts": [line.decode("utf-8", "replace").rstrip("\r\n")]}
                for result in (await found.post("understand", body))["results"]:
                    print(json.dumps(result, ensure_ascii=False), flush=True)
        return 0

    return run_async(work)
