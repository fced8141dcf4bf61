"""Keys, posts and listings on the real doors, and requests of the past to list."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from bot.accounts import store as accounts
from bot.conversations import store as conversations
from bot.conversations.turn import Speaker
from bot.open311 import operations
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.storage.transaction import Database
from tests.turn.scripted import now
from tests.web.browsers import Answer, Browser, Browsers
from tests.web.conftest import assembled, browsers, catalogue

__all__ = ["assembled", "browsers", "catalogue"]

BASE = "/open311/v2"
BELLECOUR = {"lat": "45.7578", "long": "4.8320"}


@dataclass(frozen=True)
class Client:
    """An application, with its key if it has one."""

    browser: Browser
    key: str | None = None

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        keyed = {**query, **({"api_key": self.key} if self.key else {})}
        answer = await self.raw("GET", f"{path}.json", params=keyed)
        return answer.status, json.loads(answer.body)

    async def post(self, headers: Mapping[str, str] | None = None, **form: Any) -> tuple[int, Any]:
        """A pothole at Bellecour, with some parameters replaced; None takes one away."""
        whole = {"api_key": self.key, "service_code": "pothole", **BELLECOUR, **form}
        data = {name: value for name, value in whole.items() if value is not None}
        answer = await self.raw("POST", "requests.json", data=data, headers=headers)
        return answer.status, json.loads(answer.body)

    async def raw(self, method: str, path: str, **request: Any) -> Answer:
        return await self.browser.ask(method, f"{BASE}/{path}", **request)


Clients = Callable[..., Awaitable[Client]]


@pytest.fixture
async def client(database: Database, browsers: Browsers) -> Clients:
    """Makes an application: without a key, or with one for `commune` ('' for all)."""

    async def make(commune: str | None = None) -> Client:
        browser = await browsers(with_session=False)
        if commune is None:
            return Client(browser)
        async with database.transaction() as tx:
            key = await operations.add_key(tx, f"app {uuid.uuid4().hex}", commune, now())
        return Client(browser, key)

    return make


@pytest.fixture
async def nothing_filed(database: Database) -> None:
    """No request of the tests before."""
    async with database.transaction() as tx:
        await tx.execute(text("TRUNCATE service_request, open311_key CASCADE"))


async def filed(
    database: Database, draft: Draft | None = None, at: datetime | None = None, **replaced: Any
) -> str:
    """A request that a citizen filed by chat; its reference."""
    at = at or now()
    plain: dict[str, Any] = {"service": "pothole", "commune": "69123", "description": "un secret"}
    draft = draft or Draft(**(plain | replaced))
    async with database.transaction() as tx:
        citizen = await accounts.new_citizen(tx, at)
        conversation = await conversations.conversation_of(
            tx, "web", str(citizen), citizen, at, commune=None, language="fr"
        )
        speaker = Speaker(conversation["id"], citizen, "web")
        return (await FileRequest(draft).perform(tx, speaker, at)).reference
