"""How a command tells a person that it cannot go on."""

from __future__ import annotations


class CommandFailed(Exception):
    """A user's mistake or a missing part, said in one line; `exit_code` is the process's."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
