"""Roundup's REST interface: a ticket is an issue, words are messages, teams are keywords.

Roundup has no private messages. A note is written only where the tracker's `msg` class has a
property `internal`, which its administrator adds with the rights that go with it
(docs/howto/add-a-ticket-backend.md); elsewhere notes stay here.

A message is found again by its `messageid`, a file by the beginning of its name.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp

from bot.tickets.backends.asking import Asker
from bot.tickets.backends.mapping import Outside, read, written
from bot.tickets.backends.port import (
    Attached,
    CannotKeepSecret,
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
from bot.tickets.rules import Status

PAGE = 50
EDITS = 3
"""Times that an issue may change between our look at it and our edit."""
STATE_FIELDS = "status,priority,keyword,assignedto,assignedto.realname"
SIGNED = "%Y-%m-%d.%H:%M:%S+0000"


class Roundup:
    """One tracker. `key`: `login:password` of an account that is Guichet's alone, whose messages
    are taken for ours."""

    name = "roundup"

    def __init__(
        self,
        session: aiohttp.ClientSession,
        outside: Outside,
        key: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._outside = outside
        self._clock = clock
        self._login = key.partition(":")[0]
        self._own_id: str | None = None
        parts = urlsplit(outside.url)
        self._asker = Asker(
            session,
            f"{outside.url}/rest/data",
            {
                "Authorization": f"Basic {base64.b64encode(key.encode()).decode()}",
                # Its protection against forged requests wants all three of every client.
                "Origin": f"{parts.scheme}://{parts.netloc}",
                "Referer": f"{outside.url}/",
                "X-Requested-With": "Guichet",
                "Accept": "application/json",
            },
        )

    def url(self, remote_id: str) -> str:
        return f"{self._outside.url}/issue{remote_id}"

    # -- a ticket -----------------------------------------------------------------------------

    async def find(self, reference: str) -> Remote | None:
        fields = f"title,{STATE_FIELDS}"
        for issue in await self._list("issue", [("title", reference)], fields):
            if names(reference, issue.text("title")):
                return Remote(issue.text("id"), self.url(issue.text("id")), self._state(issue))
        return None

    async def create(self, opening: Opening) -> Remote:
        key = f"{opening.reference}/opened"
        message = await self._message(Comment(key, "", described(opening)))
        wanted = opening.state
        fields = {
            "title": titled(opening),
            "messages": message,
            "status": self._status(wanted.status),
            "priority": written(self._outside.priorities, wanted.priority),
            "keyword": written(self._outside.teams, wanted.team),
            "assignedto": await self._username(wanted.assignee),
        }
        data = {name: value for name, value in fields.items() if value}
        answer = await self._asker.ask("POST", "issue", json=data)
        remote_id = Item(answer.data).item("data").text("id")
        _, issue = await self._issue(remote_id, STATE_FIELDS)
        return Remote(remote_id, self.url(remote_id), self._state(issue))

    async def update(self, remote_id: str, wanted: State, before: State) -> State:
        fields: dict[str, str] = {}
        if wanted.status is not before.status:
            fields["status"] = self._status(wanted.status)
        if wanted.priority is not before.priority:
            fields["priority"] = written(self._outside.priorities, wanted.priority) or ""
        fields = {name: value for name, value in fields.items() if value}
        if wanted.assignee != before.assignee:
            fields["assignedto"] = await self._username(wanted.assignee) or ""
        team = written(self._outside.teams, wanted.team)
        is_moved = wanted.team != before.team and team is not None

        def edit(issue: Item) -> dict[str, str]:
            if not is_moved:
                return fields
            others = [
                word.text("name")
                for word in issue.items("keyword")
                if read(self._outside.teams, word.text("name")) is None
            ]
            return {**fields, "keyword": ",".join([*others, team or ""])}

        if fields or is_moved:
            await self._edit(remote_id, "replace", "keyword", edit)
        _, issue = await self._issue(remote_id, STATE_FIELDS)
        return self._state(issue)

    # -- words and files ----------------------------------------------------------------------

    async def holds(self, remote_id: str, key: str) -> bool:
        _, issue = await self._issue(remote_id, "messages,files")
        message = await self._message_of(key)
        if message is not None and message in _ids(issue.items("messages")):
            return True
        files = _ids(issue.items("files"))
        found = await self._list("file", [("name", _file_key(key))], "name")
        return any(
            file.text("id") in files and file.text_or("name").startswith(_file_key(key))
            for file in found
        )

    async def comment(self, remote_id: str, comment: Comment) -> None:
        message = await self._message(comment)
        await self._edit(remote_id, "add", "messages", lambda _: {"messages": message})

    async def attach(self, remote_id: str, file: File) -> None:
        form = aiohttp.FormData()
        form.add_field("name", f"{_file_key(file.key)}{file.name}")
        form.add_field("type", file.mime)
        form.add_field("content", file.data, filename=file.name, content_type=file.mime)
        answer = await self._asker.ask("POST", "file", data=form)
        added = Item(answer.data).item("data").text("id")
        await self._edit(remote_id, "add", "files", lambda _: {"files": added})

    async def fetch(self, handle: str, at_most: int) -> bytes:
        return await self._asker.fetch(f"file/{handle}/binary_content", at_most, Accept="*/*")

    # -- news ---------------------------------------------------------------------------------

    async def changes(self, cursor: str | None) -> Page:
        at = Cursor.read(cursor, self._clock())
        if cursor is None:
            return Page((), str(at), is_last=True)
        start = at.until if at.skipped else at.since
        query = [
            ("activity", f"{start.strftime(SIGNED)};"),
            ("@sort", "activity,id"),
            ("@page_size", str(at.skipped + PAGE)),
        ]
        fields = f"title,activity,actor,actor.realname,messages,files,{STATE_FIELDS}"
        found = await self._list("issue", query, fields)
        issues = found[at.skipped :]
        own, news = await self._own(), list[News]()
        for issue in issues:
            if "[" not in issue.text("title"):
                continue  # none of ours
            actor = issue.item_or_none("actor")
            news.append(
                Seen(
                    issue.text("id"),
                    issue.moment("activity"),
                    _person(issue, "actor"),
                    actor is not None and actor.text_or("id") == own,
                    self._state(issue),
                )
            )
            news.extend(await self._said(issue, own, at.since))
            news.extend(await self._attached(issue, own, at.since))
        changed = [issue.moment("activity") for issue in issues]
        is_last = len(issues) < PAGE
        return Page(in_order(news), str(at.after(changed, is_last=is_last)), is_last)

    async def _said(self, issue: Item, own: str, since: datetime) -> Iterable[News]:
        ids = _ids(issue.items("messages"))
        if not ids:
            return []
        query = [("creation", f"{since.strftime(SIGNED)};"), *(("id", one) for one in ids)]
        fields = "author,author.realname,content,creation"
        has_notes = await self._has_notes()
        found = await self._list("msg", query, f"{fields},internal" if has_notes else fields, 3)
        return [
            Said(
                issue.text("id"),
                f"msg{message.text('id')}",
                message.moment("creation"),
                _person(message, "author"),
                message.text_or("content"),
                has_notes and message.is_set("internal"),
            )
            for message in found
            if not _is_by(message, "author", own)
        ]

    async def _attached(self, issue: Item, own: str, since: datetime) -> Iterable[News]:
        ids = _ids(issue.items("files"))
        if not ids:
            return []
        query = [("creation", f"{since.strftime(SIGNED)};"), *(("id", one) for one in ids)]
        found = await self._list("file", query, "name,type,creator,creator.realname,creation")
        return [
            Attached(
                issue.text("id"),
                f"file{file.text('id')}",
                file.moment("creation"),
                _person(file, "creator"),
                file.text_or("name"),
                file.text_or("type", "application/octet-stream"),
                0,
                file.text("id"),
            )
            for file in found
            if not _is_by(file, "creator", own)
        ]

    # -- its ways -----------------------------------------------------------------------------

    def _state(self, issue: Item) -> State:
        outside = self._outside
        status = issue.item_or_none("status")
        priority = issue.item_or_none("priority")
        teams = (read(outside.teams, word.text("name")) for word in issue.items("keyword"))
        return State(
            read(outside.statuses, status.text("name")) if status else Status.OPEN,
            read(outside.priorities, priority.text("name")) if priority else None,
            next((team for team in teams if team is not None), None),
            _person(issue, "assignedto") or None,
        )

    def _status(self, status: Status | None) -> str:
        found = written(self._outside.statuses, status)
        if found is None:
            raise Refused("tickets.yml has no word for this state")
        return found

    async def _own(self) -> str:
        """Our account's id."""
        if self._own_id is None:
            found = await self._list("user", [("username:", self._login)], "username")
            if not found:
                raise NotNow("it does not know our account", is_unsent=True)
            self._own_id = found[0].text("id")
        return self._own_id

    async def _username(self, name: str | None) -> str | None:
        """The login of somebody known there by that name; None for anybody else."""
        if name is None:
            return None
        for field in ("realname:", "username:"):
            for user in await self._list("user", [(field, name)], "username"):
                return user.text("username")
        return None

    async def _has_notes(self) -> bool:
        """Whether the tracker has the property that keeps a message internal. Asked each time: it
        may come to have it, and must not be trusted to have it still."""
        try:
            await self._list("msg", [("@page_size", "1")], "internal")
        except Refused:
            return False
        return True

    async def _message_of(self, key: str) -> str | None:
        found = await self._list("msg", [("messageid:", _message_id(key))], "messageid")
        return found[0].text("id") if found else None

    async def _message(self, comment: Comment) -> str:
        """The id of a new message, or of the one that an attempt of before left without issue."""
        if comment.is_internal and not await self._has_notes():
            raise CannotKeepSecret("this tracker's messages have no property `internal`")
        if (left := await self._message_of(comment.key)) is not None:
            return left
        said = f"{comment.author} :\n\n{comment.text}" if comment.author else comment.text
        data = {
            "content": said,
            "author": await self._own(),
            "date": self._clock().strftime(SIGNED),
            "messageid": _message_id(comment.key),
        }
        if comment.is_internal:
            data["internal"] = "yes"
        answer = await self._asker.ask("POST", "msg", json=data)
        return Item(answer.data).item("data").text("id")

    async def _issue(self, remote_id: str, fields: str) -> tuple[str, Item]:
        """An issue and the tag of what it is now."""
        query = [("@fields", fields), ("@verbose", "2")]
        answer = await self._asker.ask("GET", f"issue/{remote_id}", query=query)
        data = Item(answer.data).item("data")
        return data.text("@etag"), data.item("attributes")

    async def _edit(
        self, remote_id: str, operation: str, fields: str, edit: Callable[[Item], dict[str, str]]
    ) -> None:
        """Edit an issue as it is now, again when somebody else was faster."""
        for _ in range(EDITS):
            tag, issue = await self._issue(remote_id, fields)
            try:
                await self._asker.ask(
                    "PATCH",
                    f"issue/{remote_id}",
                    json={"@op": operation, **edit(issue)},
                    headers={"If-Match": tag},
                )
            except Refused as error:
                if error.status != 412:
                    raise
            else:
                return
        raise NotNow("it changes all the time", is_unsent=True)

    async def _list(
        self, kind: str, query: list[tuple[str, str]], fields: str, verbose: int = 2
    ) -> list[Item]:
        asked = [*query, ("@fields", fields), ("@verbose", str(verbose))]
        answer = await self._asker.ask("GET", kind, query=asked)
        return Item(answer.data).item("data").items("collection")


def _ids(items: Iterable[Item]) -> list[str]:
    return [item.text("id") for item in items]


def _is_by(item: Item, field: str, own: str) -> bool:
    person = item.item_or_none(field)
    return person is not None and person.text_or("id") == own


def _person(item: Item, field: str) -> str:
    """Who is meant: by the name that people read, else by login."""
    person = item.item_or_none(field)
    if person is None:
        return ""
    return item.text_or(f"{field}.realname") or person.text_or("username")


def _message_id(key: str) -> str:
    return f"<{key.replace('/', '.')}@guichet>"


def _file_key(key: str) -> str:
    return f"{key.replace('/', '.')} "
