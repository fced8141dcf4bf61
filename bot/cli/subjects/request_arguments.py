"""What `./guichet admin requests …` takes."""

from __future__ import annotations

import argparse
from datetime import date

from bot.service_requests.rules import TRANSITIONS, Actor, Status

BY_HAND = sorted(
    {
        to.value
        for targets in TRANSITIONS.values()
        for to, who in targets.items()
        if Actor.AGENT in who
    }
)

STATES = [status.value for status in Status]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(
        dest="step", required=True, metavar="list|show|set|route|merge|unmerge|warn"
    )
    listing = steps.add_parser("list", help="requests, oldest first; the open ones unless told")
    listing.add_argument("--status", choices=STATES, metavar="STATE", help=", ".join(STATES))
    listing.add_argument("--late", action="store_true", help="only what is past its objective")
    listing.add_argument("--limit", type=int, default=50, metavar="N")
    show = steps.add_parser("show", help="one request and all that happened to it")
    setting = steps.add_parser(
        "set",
        help=f"change a state: {', '.join(BY_HAND)}",
        description="Change its state; the citizen and the followers are told.",
    )
    route = steps.add_parser("route", help="give it to another service, without starting again")
    merge = steps.add_parser("merge", help="handle it together with another one")
    unmerge = steps.add_parser("unmerge", help="handle it by itself again")
    warn = steps.add_parser("warn", help="tell now, at any hour, of what will be late")
    warn.add_argument(
        "--until",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="what is due by that day; by the next working day without it",
    )
    for one in (show, setting, route, merge, unmerge):
        one.add_argument("reference", metavar="REFERENCE")
    setting.add_argument("status", metavar="STATE", choices=BY_HAND, help=", ".join(BY_HAND))
    setting.add_argument(
        "--reason", help="told to the citizen; a rejection needs one, and a question is one"
    )
    setting.add_argument(
        "--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day it is planned for"
    )
    setting.add_argument(
        "--not-ours", metavar="CODE", help="who is in charge instead: a code of outsiders.yml"
    )
    route.add_argument("service", metavar="SERVICE", help="a code of the catalogue")
    merge.add_argument("into", metavar="PARENT")
