"""What `./guichet admin tickets …` takes."""

from __future__ import annotations

import argparse

from bot.tickets.rules import Priority


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(
        dest="step",
        metavar="list|show|reply|note|close|reopen|assign|transfer|priority",
        help="list unless told",
    )
    parser.set_defaults(step="list")
    parser.add_argument("--json", action="store_true", help="list: one JSON object a line")
    listing = steps.add_parser("list", help="the open ones, oldest first")
    listing.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object a line"
    )
    show = steps.add_parser("show", help="one ticket: its context, what was said, what happened")
    reply = steps.add_parser("reply", help="answer the citizen, and take the conversation over")
    note = steps.add_parser("note", help="write between agents; the citizen never sees it")
    assign = steps.add_parser("assign", help="give it to an agent, or back to the queue")
    transfer = steps.add_parser("transfer", help="pass it to another team's queue")
    priority = steps.add_parser("priority", help="put it before or after others")
    changing = [
        reply,
        note,
        steps.add_parser("close", help="end it, and ask the citizen whether it is settled"),
        steps.add_parser("reopen", help="go on with a closed one"),
        assign,
        transfer,
        priority,
    ]
    for one in (show, *changing):
        one.add_argument("reference", metavar="REFERENCE")
    for one in changing:
        one.add_argument(
            "--as",
            dest="author",
            required=True,
            metavar="NAME",
            help="the first name that citizens and agents read",
        )
    for one in (reply, note):
        one.add_argument("text", metavar="TEXT")
    to = assign.add_mutually_exclusive_group(required=True)
    to.add_argument("--to", metavar="AGENT", help="an agent's login or name")
    to.add_argument("--nobody", action="store_true", help="back to the queue")
    transfer.add_argument("team", metavar="TEAM", help="a code of teams.yml")
    priority.add_argument("priority", choices=[one.value for one in Priority], metavar="PRIORITY")
