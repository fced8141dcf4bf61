"""What `./guichet admin users …` takes."""

from __future__ import annotations

import argparse
import os

from bot.accounts.rules import Role
from bot.services.catalogue_files import team_codes
from bot.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(
        dest="step",
        required=True,
        metavar="list|add|set|password|disable|enable|second-factor|reset-second-factor|provider|"
        "sessions|telegram",
    )
    steps.add_parser("list", help="every account: role, towns, teams, state")
    adding = steps.add_parser(
        "add",
        help="open an account",
        description="The password is asked twice, or read from standard input.",
    )
    setting = steps.add_parser(
        "set", help="change name, role, towns or teams; what is not named stays"
    )
    password = steps.add_parser(
        "password",
        help="give another password, and sign out everywhere",
        description="It is asked twice, or read from standard input.",
    )
    steps_of_one = [
        adding,
        setting,
        password,
        steps.add_parser("disable", help="let the agent in no more, and sign out everywhere"),
        steps.add_parser("enable", help="let the agent in again"),
        provider := steps.add_parser(
            "provider", help="let the agent sign in with the provider (OpenID Connect), or no more"
        ),
        steps.add_parser("reset-second-factor", help="ask for the password only, from now on"),
        telegram := steps.add_parser(
            "telegram",
            help="say who the agent is in the agents' group",
            description="There they act with the name and the towns of their account. /aide in a "
            "topic says one's number.",
        ),
        sessions := steps.add_parser("sessions", help="where the agent is signed in"),
    ]
    for one in steps_of_one:
        one.add_argument("login", metavar="LOGIN", help="an e-mail address")
    word = provider.add_mutually_exclusive_group(required=True)
    word.add_argument("--allow", action="store_true", help="bound at the first sign-in there")
    word.add_argument("--forbid", action="store_true", help="forget who it was, and sign out")
    demanding = steps.add_parser(
        "second-factor", help="which roles must have a second factor; with --role, demand it"
    )
    demanding.add_argument(
        "--role",
        action="append",
        choices=[role.value for role in Role],
        metavar="ROLE",
        help="again for each one",
    )
    demanding.add_argument("--not", dest="is_not", action="store_true", help="demand it no more")
    for one in (adding, setting):
        _add_profile(one, is_new=one is adding)
    for one in (adding, password):
        one.add_argument(
            "--generate", action="store_true", help="make a strong one, and print it this once"
        )
    whose = telegram.add_mutually_exclusive_group(required=True)
    whose.add_argument("number", nargs="?", type=int, metavar="NUMBER", help="Telegram's, of them")
    whose.add_argument("--nobody", action="store_true", help="they are nobody there any more")
    sessions.add_argument("--end", action="store_true", help="sign out everywhere")


def _add_profile(parser: argparse.ArgumentParser, *, is_new: bool) -> None:
    roles = [role.value for role in Role]
    parser.add_argument("--name", required=is_new, help="the first name that citizens read")
    parser.add_argument(
        "--role", choices=roles, required=is_new, metavar="ROLE", help=", ".join(roles)
    )
    towns = parser.add_mutually_exclusive_group(required=is_new)
    towns.add_argument(
        "--commune",
        action="append",
        metavar="NAME_OR_INSEE",
        help="a town whose citizens they serve; again for each one",
    )
    towns.add_argument("--all-communes", action="store_true", help="every town")
    teams = parser.add_mutually_exclusive_group()
    teams.add_argument(
        "--team", action="append", metavar="CODE", help=f"{_teams()}; again for each one"
    )
    teams.add_argument("--all-teams", action="store_true", help="every team, as without --team")


def _teams() -> str:
    """The codes that there are, for whoever asks how an account is opened."""
    codes = team_codes(Settings.from_environment(os.environ).catalogue)
    return ", ".join(codes) or "a team of teams.yml"
