"""`./guichet test [pytest arguments]`: the whole suite, with a real browser found or installed."""

from __future__ import annotations

import argparse
import os
import sys

from bot.checkout import Checkout
from bot.cli import train, widget
from bot.cli.browser import chromium

PASSES_ARGUMENTS_ON = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "./guichet test [pytest arguments]"
    parser.epilog = "for example: ./guichet test -k followers -x"


def main(arguments: argparse.Namespace) -> int:
    checkout = Checkout.from_environment(os.environ)
    os.environ["GUICHET_CHROMIUM"] = str(chromium(checkout))
    # Dozens of processes import the same files; pytest keeps its rewritten tests there too.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.chdir(checkout.root)
    widget.build(checkout)
    failed = train.main(argparse.Namespace())  # once, before workers would each want it
    if not failed:
        python = str(checkout.python("tests"))
        sys.stdout.flush()
        os.execv(python, [python, "-P", "-m", "pytest", *arguments.rest])  # noqa: S606
    return failed
