"""`python -m bot.cli COMMAND …`: finds the command's module and turns its failures into words."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from bot.cli.failures import CommandFailed
from bot.cli.parsing import OneLineParser
from bot.errors import DomainError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Command:
    """A line of `commands.tsv`; its module is `bot.cli.<name>`."""

    name: str
    environments: tuple[str, ...]
    summary: str


def commands() -> dict[str, Command]:
    """The commands that this version has, by name, in the order in which they are shown."""
    found: dict[str, Command] = {}
    for line in (FOLDER / "commands.tsv").read_text("utf-8").splitlines():
        name, environments, summary = line.split("\t")
        if (FOLDER / f"{name}.py").exists():
            found[name] = Command(name, tuple(environments.split()), summary)
    return found


def usage() -> str:
    lines = [f"  {command.name:<11} {command.summary}" for command in commands().values()]
    head = "usage: ./guichet COMMAND [arguments]      ./guichet COMMAND --help"
    return "\n".join([head, "", *lines])


def module_of(name: str) -> ModuleType:
    """The command's module; only that one is imported, so that each starts fast."""
    if name not in commands():
        raise CommandFailed(f"no command is called '{name}' (./guichet --help lists them)", 2)
    return importlib.import_module(f"bot.cli.{name}")


def perform(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name and return its exit code."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0
    name = arguments[0]
    module = module_of(name)
    parser = OneLineParser(
        prog=f"./guichet {name}",
        description=commands()[name].summary,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    rest = list(arguments[1:])
    if getattr(module, "PASSES_ARGUMENTS_ON", False) and rest[:1] not in (["-h"], ["--help"]):
        parsed = argparse.Namespace(rest=rest)
    else:
        parsed = parser.parse_args(rest)
    result: int = module.main(parsed)
    return result


def main(arguments: Sequence[str]) -> int:
    """`perform`, with every expected failure turned into one line on stderr."""
    try:
        code = perform(arguments)
        sys.stdout.flush()
        return code
    except CommandFailed as failure:
        return complain(str(failure), failure.exit_code)
    except DomainError as failure:
        return complain(str(failure), 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader left (`| head`): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as failure:
        if failure.errno in {errno.ENOSPC, errno.EDQUOT}:
            return complain("the disk is full", 1)
        raise


def complain(message: str, code: int) -> int:
    print(f"guichet: {' '.join(message.split())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
