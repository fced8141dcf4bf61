"""Redmine's REST interface (5.0): a ticket is an issue, words are journals, teams are categories.

A note is a journal with `private_notes`. Journals have no field for a key, so ours stands at the
end of the text; an attachment's stands in its description. `updated_on` and `created_on` are given
to the second, hence the overlap of readings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp

from bot.tickets.backends.asking import Asker
from bot.tickets.backends.mapping import Outside, read, written
from bot.tickets.backends.port import (
    Attached,
    Comment,
    File,
    News,
    NotNow,
    Opening,
    Page,
    Refused,
    Remote,
    Said,
    Seen,
    described,
    names,
    titled,
)
from bot.tickets.backends.reading import Cursor, Item, in_order
from bot.tickets.backends.rules import State

PAGE = 25
MOST_LISTED = "100"
NAMES_KEPT_S = 600.0
"""How long the ids of its words are believed: they change when somebody administers it."""
ANY = ("status_id", "*")


class Redmine:
    """One project. `key`: the API key of an account that is Guichet's alone, whose journals are
    taken for ours; it needs the right to see and to write private notes."""

    name = "redmine"

    def __init__(
        self,
        session: aiohttp.ClientSession,
        outside: Outside,
        key: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._outside = outside
        self._clock = clock
        self._asker = Asker(session, outside.url, {"X-Redmine-API-Key": key})
        self._named: dict[str, tuple[float, Mapping[str, str]]] = {}
        self._own_id: str | None = None

    def url(self, remote_id: str) -> str:
        return f"{self._outside.url}/issues/{remote_id}"

    # -- a ticket -----------------------------------------------------------------------------

    async def find(self, reference: str) -> Remote | None:
        for issue in await self._issues([("subject", f"~{reference}"), ANY]):
            if names(reference, issue.text("subject")):
                return self._remote(issue)
        return None

    async def create(self, opening: Opening) -> Remote:
        fields = {
            "project_id": self._outside.project,
            "subject": titled(opening),
            "description": described(opening),
            **await self._fields(opening.state, State(None, None, None)),
        }
        if self._outside.tracker is not None:
            fields["tracker_id"] = await self._id_of("trackers", self._outside.tracker)
        answer = await self._asker.ask("POST", "issues.json", json={"issue": fields})
        return self._remote(Item(answer.data).item("issue"))

    async def update(self, remote_id: str, wanted: State, before: State) -> State:
        fields = await self._fields(wanted, before)
        if fields:
            await self._put(remote_id, fields)
        return self._state(await self._issue(remote_id))

    # -- words and files ----------------------------------------------------------------------

    async def holds(self, remote_id: str, key: str) -> bool:
        issue = await self._issue(remote_id, "journals,attachments")
        notes = [journal.text_or("notes") for journal in issue.items("journals")]
        files = [file.text_or("description") for file in issue.items("attachments")]
        return any(said.rstrip().endswith(_mark(key)) for said in (*notes, *files))

    async def comment(self, remote_id: str, comment: Comment) -> None:
        said = f"{comment.author} :\n\n{comment.text}" if comment.author else comment.text
        fields = {"notes": f"{said}\n\n{_mark(comment.key)}", "private_notes": comment.is_internal}
        await self._put(remote_id, fields)

    async def attach(self, remote_id: str, file: File) -> None:
        answer = await self._asker.ask(
            "POST",
            "uploads.json",
            query=[("filename", file.name)],
            data=file.data,
            headers={"Content-Type": "application/octet-stream"},
        )
        upload = {
            "token": Item(answer.data).item("upload").text("token"),
            "filename": file.name,
            "content_type": file.mime,
            "description": _mark(file.key),
        }
        await self._put(remote_id, {"uploads": [upload]})

    async def fetch(self, handle: str, at_most: int) -> bytes:
        return await self._asker.fetch(f"attachments/download/{handle}", at_most)

    # -- news ---------------------------------------------------------------------------------

    async def changes(self, cursor: str | None) -> Page:
        at = Cursor.read(cursor, self._clock())
        if cursor is None:
            return Page((), str(at), is_last=True)
        start = at.until if at.skipped else at.since
        listed = await self._issues(
            [
                ("updated_on", f">={start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),
                ANY,
                ("sort", "updated_on,id"),
                ("offset", str(at.skipped)),
                ("limit", str(PAGE)),
            ]
        )
        own, news = await self._own(), list[News]()
        for one in listed:
            if one.text("subject").startswith("["):  # else it is none of ours
                issue = await self._issue(one.text("id"), "journals,attachments")
                news.extend(self._news(issue, own, at.since))
        changed = [issue.moment("updated_on") for issue in listed]
        is_last = len(listed) < PAGE
        return Page(in_order(news), str(at.after(changed, is_last=is_last)), is_last)

    def _news(self, issue: Item, own: str, since: datetime) -> Iterable[News]:
        remote_id = issue.text("id")
        journals = issue.items("journals")
        last = journals[-1] if journals else None
        author = (last or issue).item("user" if last is not None else "author")
        yield Seen(
            remote_id,
            issue.moment("updated_on"),
            author.text_or("name"),
            author.text("id") == own,
            self._state(issue),
        )
        for journal in journals:
            user, notes = journal.item("user"), journal.text_or("notes")
            is_old = journal.moment("created_on") < since
            if is_old or not notes.strip() or user.text("id") == own:
                continue
            yield Said(
                remote_id,
                f"journal{journal.text('id')}",
                journal.moment("created_on"),
                user.text_or("name"),
                notes,
                journal.is_set("private_notes"),
            )
        for file in issue.items("attachments"):
            user = file.item("author")
            if file.moment("created_on") < since or user.text("id") == own:
                continue
            yield Attached(
                remote_id,
                f"attachment{file.text('id')}",
                file.moment("created_on"),
                user.text_or("name"),
                file.text_or("filename"),
                file.text_or("content_type", "application/octet-stream"),
                file.whole("filesize"),
                file.text("id"),
            )

    # -- its words ----------------------------------------------------------------------------

    def _remote(self, issue: Item) -> Remote:
        remote_id = issue.text("id")
        return Remote(remote_id, self.url(remote_id), self._state(issue))

    def _state(self, issue: Item) -> State:
        category, assignee = issue.item_or_none("category"), issue.item_or_none("assigned_to")
        return State(
            read(self._outside.statuses, issue.item("status").text("name")),
            read(self._outside.priorities, issue.item("priority").text("name")),
            None if category is None else read(self._outside.teams, category.text("name")),
            None if assignee is None else assignee.text("name"),
        )

    async def _fields(self, wanted: State, before: State) -> dict[str, Any]:
        """What differs, as an issue's fields."""
        outside, fields = self._outside, dict[str, Any]()
        if wanted.status is not before.status:
            word = _needed(written(outside.statuses, wanted.status), "state")
            fields["status_id"] = await self._id_of("issue_statuses", word)
        if wanted.priority is not before.priority:
            word = _needed(written(outside.priorities, wanted.priority), "priority")
            fields["priority_id"] = await self._id_of("issue_priorities", word)
        team = written(outside.teams, wanted.team)
        if wanted.team != before.team and team is not None:
            fields["category_id"] = await self._id_of("issue_categories", team)
        if wanted.assignee != before.assignee:
            people = await self._names("memberships")
            fields["assigned_to_id"] = people.get((wanted.assignee or "").casefold(), "")
        return fields

    async def _id_of(self, kind: str, word: str) -> str:
        found = (await self._names(kind)).get(word.casefold())
        if found is None:
            self._named.pop(kind, None)  # it may be added meanwhile
            raise Refused(f"it has no {word!r} among its {kind}")
        return found

    async def _names(self, kind: str) -> Mapping[str, str]:
        """Ids by name, whatever its case."""
        until, known = self._named.get(kind, (0.0, {}))
        if time.monotonic() < until:
            return known
        project = f"projects/{self._outside.project}"
        paths = {
            "issue_priorities": "enumerations/issue_priorities.json",
            "issue_categories": f"{project}/issue_categories.json",
            "memberships": f"{project}/memberships.json",
        }
        path = paths.get(kind, f"{kind}.json")
        answer = await self._asker.ask("GET", path, query=[("limit", MOST_LISTED)])
        items = Item(answer.data).items(kind)
        if kind == "memberships":
            items = [user for item in items if (user := item.item_or_none("user")) is not None]
        found = {item.text("name").casefold(): item.text("id") for item in items}
        self._named[kind] = (time.monotonic() + NAMES_KEPT_S, found)
        return found

    async def _own(self) -> str:
        """Our account's id."""
        if self._own_id is None:
            answer = await self._asker.ask("GET", "users/current.json")
            self._own_id = Item(answer.data).item("user").text("id")
        return self._own_id

    async def _issues(self, query: list[tuple[str, str]]) -> list[Item]:
        asked = [("project_id", self._outside.project or ""), *query]
        answer = await self._asker.ask("GET", "issues.json", query=asked)
        return Item(answer.data).items("issues")

    async def _issue(self, remote_id: str, include: str = "") -> Item:
        query = [("include", include)] if include else []
        answer = await self._asker.ask("GET", f"issues/{remote_id}.json", query=query)
        issue = Item(answer.data).item("issue")
        if issue.text("id") != remote_id:
            raise NotNow("its answer is of another issue")
        return issue

    async def _put(self, remote_id: str, fields: Mapping[str, Any]) -> None:
        await self._asker.ask("PUT", f"issues/{remote_id}.json", json={"issue": fields})


def _needed(word: str | None, what: str) -> str:
    if word is None:
        raise Refused(f"tickets.yml has no word for this {what}")
    return word


def _mark(key: str) -> str:
    """Our key, as it stands at the end of a text."""
    return f"[{key}]"
