"""How the command line complains."""

from __future__ import annotations

import argparse
from typing import NoReturn

from bot.cli.failures import CommandFailed


class OneLineParser(argparse.ArgumentParser):
    """A parser whose complaints take one line."""

    def error(self, message: str) -> NoReturn:
        raise CommandFailed(f"{message} (see {self.prog} --help)", exit_code=2)
