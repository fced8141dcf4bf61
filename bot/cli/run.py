"""`./guichet run`: serve everything until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time

from bot.checkout import Checkout
from bot.cli import widget
from bot.cli.failures import CommandFailed
from bot.cli.running import run_async
from bot.serving import allow_open_files, serve
from bot.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on")


def main(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    allow_open_files()

    try:
        widget.build(Checkout.from_environment(os.environ))
    except CommandFailed as failure:  # whatever else there is works without it
        print(f"guichet: sites have no widget for now: {failure}", file=sys.stderr, flush=True)

    async def work() -> int:
        began = time.monotonic()
        async with serve(settings, arguments.host, arguments.port) as service:
            where = f"http://{arguments.host}:{arguments.port}"
            print(f"Guichet: {where}/  ·  assistant: {where}/assistant", flush=True)
            print("the assistant is warming up; messages are already kept", flush=True)
            told = ""
            while not service.is_ready():
                await asyncio.sleep(0.2)
                if service.assistant.step not in ("", told):
                    told = service.assistant.step
                    print(f"… {told}", flush=True)
                if service.assistant.phase == "away" and service.engine is None:
                    print(f"the assistant cannot start: {service.assistant.why}", flush=True)
                    break
            else:
                print(f"ready after {time.monotonic() - began:.0f} s", flush=True)
            await asyncio.Event().wait()
        return 0

    return run_async(work)
