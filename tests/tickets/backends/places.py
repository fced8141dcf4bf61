"""The other side of each backend: what its people do and read there, as themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from bot.storage.tables import utc_now
from bot.tickets.backends.mapping import Kind, Outside
from bot.tickets.backends.port import TicketBackend
from bot.tickets.backends.redmine import Redmine
from bot.tickets.backends.roundup import Roundup
from bot.tickets.rules import Priority, Status
from tests.servers.redmine_server import RedmineServer
from tests.servers.roundup_server import PASSWORD, Tracker


@dataclass(frozen=True)
class Read:
    """A comment as somebody there reads it."""

    author: str
    text: str
    is_internal: bool


class Place(Protocol):
    """A backend and Julie Martin, who works there. Words of states are ours."""

    backend: TicketBackend

    async def writes(self, remote_id: str, text: str, *, is_internal: bool = False) -> None: ...

    async def attaches(self, remote_id: str, name: str, data: bytes) -> None: ...

    async def sets(
        self,
        remote_id: str,
        *,
        status: Status | None = None,
        priority: Priority | None = None,
        team: str | None = None,
        assignee: str | None = None,
    ) -> None: ...

    async def reads(self, remote_id: str) -> list[Read]:
        """Everything written, with the description."""
        ...

    async def stranger_reads(self, remote_id: str) -> str:
        """All that somebody without an account is shown."""
        ...

    async def files(self, remote_id: str) -> list[bytes]: ...


def roundup_at(url: str) -> Outside:
    return Outside(
        Kind.ROUNDUP,
        url,
        statuses={
            Status.OPEN: ("unread", "chatting", "in-progress"),
            Status.CLOSED: ("resolved", "done-cbb"),
        },
        priorities={
            Priority.URGENT: ("critical",),
            Priority.HIGH: ("urgent",),
            Priority.NORMAL: ("bug", "feature", "wish"),
        },
        teams={"voirie": ("Voirie",), "accueil": ("Accueil",)},
    )


class RoundupPlace:
    """A tracker, and what Julie does in it, through the same interface as herself."""

    def __init__(self, tracker: Tracker, session: aiohttp.ClientSession, key: str) -> None:
        self._tracker = tracker
        self._session = session
        self._outside = roundup_at(tracker.url)
        self.backend: TicketBackend = Roundup(session, self._outside, key, utc_now)

    async def writes(self, remote_id: str, text: str, *, is_internal: bool = False) -> None:
        fields = {"content": text, "author": "julie", "date": "."}
        if is_internal:
            fields["internal"] = "yes"
        message = await self._ask("POST", "msg", json=fields)
        await self._edit(remote_id, "add", messages=message["id"])

    async def attaches(self, remote_id: str, name: str, data: bytes) -> None:
        form = aiohttp.FormData({"name": name, "type": "image/png"})
        form.add_field("content", data, filename=name, content_type="image/png")
        file = await self._ask("POST", "file", data=form)
        await self._edit(remote_id, "add", files=file["id"])

    async def sets(
        self,
        remote_id: str,
        *,
        status: Status | None = None,
        priority: Priority | None = None,
        team: str | None = None,
        assignee: str | None = None,
    ) -> None:
        fields = {}
        if status is not None:
            fields["status"] = self._outside.statuses[status][-1]
        if priority is not None:
            fields["priority"] = self._outside.priorities[priority][-1]
        if team is not None:
            fields["keyword"] = self._outside.teams[team][0]
        if assignee is not None:
            fields["assignedto"] = assignee.split()[0].lower()
        await self._edit(remote_id, "replace", **fields)

    async def reads(self, remote_id: str) -> list[Read]:
        read = []
        for message in (await self._issue(remote_id))["messages"]:
            query = {"@fields": "author.realname,content,internal", "@verbose": "3"}
            found = (await self._ask("GET", f"msg/{message['id']}", params=query))["attributes"]
            is_internal = bool(found.get("internal"))
            read.append(Read(found["author.realname"], found["content"], is_internal))
        return read

    async def stranger_reads(self, remote_id: str) -> str:
        url = f"{self._tracker.url}/issue{remote_id}"
        async with self._session.get(url) as answer:
            shown = await answer.text()
        for message in (await self._issue(remote_id))["messages"]:
            url = f"{self._tracker.url}/msg{message['id']}"
            async with self._session.get(url) as answer:
                shown += await answer.text()
        return shown

    async def files(self, remote_id: str) -> list[bytes]:
        found = []
        for file in (await self._issue(remote_id))["files"]:
            url = f"{self._tracker.url}/rest/data/file/{file['id']}/binary_content"
            async with self._session.get(url, headers=self._headers()) as answer:
                found.append(await answer.read())
        return found

    async def _issue(self, remote_id: str) -> dict[str, Any]:
        found = await self._ask("GET", f"issue/{remote_id}", params={"@verbose": "1"})
        return dict(found["attributes"])

    async def _edit(self, remote_id: str, operation: str, **fields: str) -> None:
        tag = (await self._ask("GET", f"issue/{remote_id}"))["@etag"]
        edit = {"@op": operation, "@etag": tag, **fields}
        await self._ask("PATCH", f"issue/{remote_id}", json=edit, headers={"If-Match": tag})

    def _headers(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        return {
            "Authorization": aiohttp.encode_basic_auth("julie", PASSWORD),
            "Origin": self._tracker.url,
            "Referer": f"{self._tracker.url}/",
            "X-Requested-With": "tests",
            **(extra or {}),
        }

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **body: Any
    ) -> dict[str, Any]:
        url = f"{self._tracker.url}/rest/data/{path}"
        async with self._session.request(
            method, url, headers=self._headers(headers), **body
        ) as answer:
            told = await answer.json()
            assert answer.status < 300, told
            return dict(told["data"])


@asynccontextmanager
async def people() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield session


def redmine_at(url: str) -> Outside:
    return Outside(
        Kind.REDMINE,
        url,
        project="guichet",
        tracker="Support",
        statuses={
            Status.OPEN: ("New", "In Progress", "Feedback"),
            Status.CLOSED: ("Closed", "Resolved", "Rejected"),
        },
        priorities={
            Priority.URGENT: ("Urgent", "Immediate"),
            Priority.HIGH: ("High",),
            Priority.NORMAL: ("Normal", "Low"),
        },
        teams={"voirie": ("Voirie",), "accueil": ("Accueil",)},
    )


class RedminePlace:
    """A project, and what Julie does in it, through the same interface as herself."""

    def __init__(self, server: RedmineServer, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session
        self._outside = redmine_at(server.url)
        key = server.keys["guichet"]
        self.backend: TicketBackend = Redmine(session, self._outside, key, utc_now)

    async def writes(self, remote_id: str, text: str, *, is_internal: bool = False) -> None:
        await self._put(remote_id, notes=text, private_notes=is_internal)

    async def attaches(self, remote_id: str, name: str, data: bytes) -> None:
        told = await self._ask(
            "POST",
            f"uploads.json?filename={name}",
            data=data,
            headers={"Content-Type": "application/octet-stream"},
        )
        upload = {"token": told["upload"]["token"], "filename": name, "content_type": "image/png"}
        await self._put(remote_id, uploads=[upload])

    async def sets(
        self,
        remote_id: str,
        *,
        status: Status | None = None,
        priority: Priority | None = None,
        team: str | None = None,
        assignee: str | None = None,
    ) -> None:
        fields: dict[str, Any] = {}
        if status is not None:
            word = self._outside.statuses[status][-1]
            fields["status_id"] = await self._id("issue_statuses", word)
        if priority is not None:
            word = self._outside.priorities[priority][-1]
            fields["priority_id"] = await self._id("issue_priorities", word, "enumerations/")
        if team is not None:
            word = self._outside.teams[team][0]
            fields["category_id"] = await self._id("issue_categories", word, "projects/guichet/")
        if assignee is not None:
            fields["assigned_to_id"] = "me"
        await self._put(remote_id, **fields)

    async def reads(self, remote_id: str) -> list[Read]:
        issue = await self._issue(remote_id)
        read = [Read(issue["author"]["name"], issue["description"], is_internal=False)]
        journals = [one for one in issue["journals"] if one["notes"]]
        return read + [
            Read(one["user"]["name"], one["notes"], one["private_notes"]) for one in journals
        ]

    async def stranger_reads(self, remote_id: str) -> str:
        shown = ""
        for address in (f"issues/{remote_id}", f"issues/{remote_id}.json?include=journals"):
            async with self._session.get(f"{self._server.url}/{address}") as answer:
                assert answer.status == 200
                shown += await answer.text()
        return shown

    async def files(self, remote_id: str) -> list[bytes]:
        found = []
        for file in (await self._issue(remote_id))["attachments"]:
            headers = {"X-Redmine-API-Key": self._server.keys["julie"]}
            url = f"{self._server.url}/attachments/download/{file['id']}"
            async with self._session.get(url, headers=headers) as answer:
                found.append(await answer.read())
        return found

    async def _issue(self, remote_id: str) -> dict[str, Any]:
        told = await self._ask("GET", f"issues/{remote_id}.json?include=journals,attachments")
        return dict(told["issue"])

    async def _id(self, kind: str, word: str, before: str = "") -> int:
        told = await self._ask("GET", f"{before}{kind}.json")
        return next(int(one["id"]) for one in told[kind] if one["name"] == word)

    async def _put(self, remote_id: str, **fields: Any) -> None:
        await self._ask("PUT", f"issues/{remote_id}.json", json={"issue": fields})

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **body: Any
    ) -> dict[str, Any]:
        keyed = {"X-Redmine-API-Key": self._server.keys["julie"], **(headers or {})}
        async with self._session.request(
            method, f"{self._server.url}/{path}", headers=keyed, **body
        ) as answer:
            assert answer.status < 300, await answer.text()
            return dict(await answer.json()) if await answer.read() else {}
