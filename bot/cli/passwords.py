"""A password from whoever types the command, or from a pipe."""

from __future__ import annotations

import getpass
import signal
import sys

from bot.cli.failures import CommandFailed


def read_password() -> str:
    """Asked twice at a terminal, without showing it; else the first line of standard input.

    Raises `CommandFailed` when there is none, or the two differ.
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise CommandFailed("no password on standard input (or use --generate)")
        return line
    # The event loop only hears Ctrl-C between two of its steps, and this is a long one.
    heard_by = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        password = getpass.getpass("Password: ")
        again = getpass.getpass("Once more: ")
    except (EOFError, KeyboardInterrupt) as error:
        raise CommandFailed("nothing was changed") from error
    finally:
        signal.signal(signal.SIGINT, heard_by)
    if password != again:
        raise CommandFailed("the two differ; nothing was changed")
    return password
