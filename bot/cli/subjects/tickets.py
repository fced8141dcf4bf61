"""`./guichet admin tickets …`: requests for a human, and an agent's work without the page.

The command line runs as the operator: every ticket may be answered and moved by it, whoever has
it. It works through the built-in backend, as others work through Redmine's or Roundup's pages.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy.engine import RowMapping

from bot.cli.failures import CommandFailed
from bot.cli.subjects.clock import clock
from bot.cli.subjects.ticket_arguments import add_arguments
from bot.files.opening import file_store, scanner
from bot.handover import store as desk
from bot.handover.attaching import AttachedFiles
from bot.handover.counter import Counter
from bot.handover.rules import OutsideAgent
from bot.mail.letters import mailer_of
from bot.mirroring import store as mirrors
from bot.mirroring import wording
from bot.mirroring.builtin import Builtin
from bot.mirroring.operations import Mirroring, told_in_full
from bot.mirroring.rules import Entry, Uttered
from bot.places.communes import load_gazetteer
from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.texts.current import words_in_force
from bot.tickets import operations as tickets
from bot.tickets import store
from bot.tickets.backends.port import Comment, NotNow, Refused, Remote
from bot.tickets.backends.rules import State
from bot.tickets.rules import Priority, Status
from bot.words.catalogues import Words

__all__ = ["add_arguments", "main"]

KEPT = "\n\u00a0\u202f"
"""Not printable to Python, and part of any French text."""


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    if arguments.step == "list":
        await _list(database, as_json=arguments.json)
        return
    author = " ".join(getattr(arguments, "author", "operator").split())
    if not author:
        raise CommandFailed("--as: a name that people can read")
    backend = await _backend(settings, database, author)
    try:
        ticket = await backend.find(arguments.reference)
        if ticket is None:
            raise CommandFailed(f"there is no ticket {arguments.reference}")
        if arguments.step == "show":
            await _show(backend, ticket)
        else:
            print(f"{ticket.id} {await _perform(backend, ticket, arguments)}")
    except (NotNow, Refused) as error:
        raise CommandFailed(str(error)) from error


async def _backend(settings: Settings, database: Database, author: str) -> Builtin:
    words = await words_in_force(database)
    counter = Counter(
        words,
        load_catalogue(settings.catalogue),
        load_gazetteer(settings.catalogue / "places" / "communes.yml"),
        mailer_of(settings, words),
    )
    files = AttachedFiles(file_store(settings.files, settings.bucket), scanner(settings.clamd))
    site = (settings.public_url or "").rstrip("/")
    return Builtin(database, counter, files, site, utc_now, OutsideAgent(author))


# -- what an agent does -------------------------------------------------------------------------


async def _perform(backend: Builtin, ticket: Remote, arguments: argparse.Namespace) -> str:
    """Do what was asked for. Returns what was done, to come after the reference."""
    if arguments.step in ("reply", "note"):
        is_internal = arguments.step == "note"
        comment = Comment(uuid4().hex, backend.by.name, arguments.text, is_internal)
        await backend.comment(ticket.id, comment)
        return "has another note" if is_internal else f"is answered by {backend.by.name}"
    wanted, done = await _wanted(backend, ticket, arguments)
    if wanted == ticket.state:
        return f"{done} already"
    await backend.update(ticket.id, wanted, ticket.state)
    return done


async def _wanted(
    backend: Builtin, ticket: Remote, arguments: argparse.Namespace
) -> tuple[State, str]:
    """The state that the arguments name, and how it is said."""
    state = ticket.state
    match arguments.step:
        case "close":
            return replace(state, status=Status.CLOSED), "is closed"
        case "reopen":
            return replace(state, status=Status.OPEN), "is open"
        case "transfer":
            teams = backend.counter.catalogue.teams
            if arguments.team not in teams:
                raise CommandFailed(f"the team is one of {', '.join(sorted(teams))}")
            return replace(state, team=arguments.team), f"is with {arguments.team}"
        case "priority":
            priority = Priority(arguments.priority)
            return replace(state, priority=priority), f"has the priority {priority}"
        case _ if arguments.to is None:
            return replace(state, assignee=None), "is with nobody"
        case _:
            login, name = await _agent(backend, ticket.id, arguments.to)
            return replace(state, assignee=login), f"is with {name}"


async def _agent(backend: Builtin, reference: str, called: str) -> tuple[str, str]:
    """The login and the name of the one agent who is meant."""
    async with backend.database.transaction() as tx:
        commune = (await store.by_reference(tx, reference))["commune"]
        found = await desk.colleagues_called(tx, called, commune)
    if not found:
        raise CommandFailed(f"no agent of that town has the login or name {called}")
    if len(found) > 1:
        logins = ", ".join(row["login"] for row in found)
        raise CommandFailed(f"several agents are called {called}: {logins}")
    return found[0]["login"], found[0]["name"]


# -- what an operator reads ---------------------------------------------------------------------


async def _show(backend: Builtin, ticket: Remote) -> None:
    mirroring = Mirroring(backend.counter, backend.name, backend.site)
    async with backend.database.transaction() as tx:
        opening, since = await told_in_full(tx, mirroring, ticket.id, utc_now())
    state = ticket.state
    print(f"{ticket.id}  {state.status}, {state.priority}, {state.team}, {_who(state.assignee)}")
    print(_plain(f"{opening.subject}\n{opening.text}\n"))
    for entry in since:
        line = _plain(_line(entry, backend.counter.words))
        print(f"  {clock(entry.at)}  {line}")
    print(opening.link)


def _plain(text: str) -> str:
    """What strangers wrote, without what would command the operator's terminal."""
    return "".join(one for one in text if one.isprintable() or one in KEPT)


def _who(assignee: str | None) -> str:
    return "with nobody" if assignee is None else f"with {assignee}"


def _line(entry: Entry, words: Words) -> str:
    """A message or an event, in a line or more."""
    if isinstance(entry, Uttered):
        pictures = [f"[photo {photo}]" for photo in (*entry.photos, *entry.shown)]
        said = wording.spoken(entry, words, is_shown=False)
        return " ".join([f"{wording.author(entry, words)}:", said, *pictures]).strip()
    by = f" by {entry.author}" if entry.author else ""
    return f"{entry.kind}{by}" + (f": {entry.text}" if entry.text else "")


async def _list(database: Database, *, as_json: bool) -> None:
    async with database.transaction() as tx:
        rows = await tickets.list_open(tx)
        copies = await mirrors.listed(tx)
    for row in rows:
        own = copies.get(row.reference, [])
        if as_json:
            shown = {
                "reference": row.reference,
                "subject": row.subject,
                "commune": row.commune,
                "summary": row.summary,
                "status": row.status,
                "opened_at": row.opened_at.isoformat(),
                "copies": [_as_json(copy) for copy in own],
            }
            print(json.dumps(shown, ensure_ascii=False))
        else:
            first = (row.summary.splitlines() or [""])[0][:70]
            print(
                f"{row.reference}  {clock(row.opened_at)}  {row.subject:<13} "
                f"{''.join(_copy(copy) for copy in own)}{first}"
            )
    if not rows and not as_json:
        print("no open ticket")


def _as_json(copy: RowMapping) -> dict[str, Any]:
    since = copy["failing_since"]
    return {
        "backend": copy["backend"],
        "remote_id": copy["remote_id"],
        "failing_since": None if since is None else since.isoformat(),
        "last_error": copy["last_error"],
    }


def _copy(copy: RowMapping) -> str:
    """Where the copy in an outside backend stands."""
    where = f"{copy['backend']} {copy['remote_id'] or '-'}"
    if copy["failing_since"] is not None:
        where += f" failing since {clock(copy['failing_since'])}: {copy['last_error']}"
    return f"{where}  "
