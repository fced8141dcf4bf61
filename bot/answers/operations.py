"""What can be asked of canned answers and macros by those who write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.accounts.rules import Agent
from bot.answers import store
from bot.answers.deeds import Macro, check_macro
from bot.answers.rules import Answer, Kind, check_answer
from bot.answers.store import Entry
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.errors import Conflict, Invalid, NotFound
from bot.services.rules import Catalogue
from bot.storage.transaction import Transaction

_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")

Content = Answer | Macro


@dataclass(frozen=True)
class Shipped:
    """An entry that comes with the catalogue's files."""

    kind: Kind
    code: str
    content: Content


async def load(tx: Transaction, shipped: Sequence[Shipped], now: datetime) -> int:
    """Bring the tables to the files, but for what was changed in the pages. Returns how many were
    written."""
    await store.lock_adding(tx)
    stored = await store.all_of_files(tx)
    written = 0
    for one in shipped:
        known, content = stored.get((one.kind.value, one.code)), one.content.to_json()
        if known is None:
            await store.add(tx, None, one.kind, one.code, None, content, now)
        elif known.is_by_hand or known.content == content:
            continue
        else:
            await store.change(tx, None, known, content, now, is_retired=known.is_retired)
        written += 1
    return written


async def create(
    tx: Transaction,
    agent: Agent,
    code: str,
    commune: str | None,
    content: Content,
    catalogue: Catalogue,
    now: datetime,
) -> int:
    """Add one for a town, or for all without. Returns its number. Raises `Forbidden`, `Invalid`."""
    if _CODE.fullmatch(code) is None:
        raise Invalid("code", "small letters, digits and underscores", reason="code")
    await store.lock_adding(tx)
    await _check(tx, content, commune, catalogue)
    kind = kind_of(content)
    entry_id = await store.add(tx, agent, kind, code, commune, content.to_json(), now)
    await audit.record(tx, agent.actor, Action(f"{kind.value}.added"), code, now, commune=commune)
    return entry_id


async def save(
    tx: Transaction,
    agent: Agent,
    entry_id: int,
    base: int,
    content: Content,
    catalogue: Catalogue,
    now: datetime,
) -> int:
    """Write the next version; what is the same writes none. `base`: the version that was on screen.
    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` when it is not the last any more."""
    entry = await store.for_change(tx, agent, kind_of(content), entry_id)
    if entry.version != base:
        raise Conflict("it was changed meanwhile")
    await _check(tx, content, entry.commune, catalogue)
    kept = content.to_json()
    if kept == entry.content and not entry.is_retired:
        return entry.version
    return await _write(tx, agent, entry, "changed", kept, now, is_retired=False)


async def retire(
    tx: Transaction, agent: Agent, kind: Kind, entry_id: int, base: int, now: datetime
) -> int:
    """Offer it no more; its history stays. Raises as `save` does."""
    entry = await store.for_change(tx, agent, kind, entry_id)
    if entry.version != base:
        raise Conflict("it was changed meanwhile")
    if entry.is_retired:
        return entry.version
    return await _write(tx, agent, entry, "retired", entry.content, now, is_retired=True)


async def restore(
    tx: Transaction,
    agent: Agent,
    kind: Kind,
    entry_id: int,
    version: int,
    catalogue: Catalogue,
    now: datetime,
) -> int:
    """Make it again what it was, as one more version. Raises as `save` does."""
    entry = await store.for_change(tx, agent, kind, entry_id)
    found = [row for row in await store.versions(tx, entry_id) if row["version"] == version]
    if not found:
        raise NotFound("version")
    content = content_of(kind, found[0]["content"])
    await _check(tx, content, entry.commune, catalogue)
    kept, was_retired = found[0]["content"], found[0]["is_retired"]
    return await _write(tx, agent, entry, "restored", kept, now, is_retired=was_retired)


async def _write(
    tx: Transaction,
    agent: Agent,
    entry: Entry,
    deed: str,
    kept: Mapping[str, Any],
    now: datetime,
    *,
    is_retired: bool,
) -> int:
    """The next version, and the line of the audit log that says whose it is."""
    version = await store.change(tx, agent, entry, kept, now, is_retired=is_retired)
    action = Action(f"{entry.kind.value}.{deed}")
    await audit.record(tx, agent.actor, action, entry.code, now, commune=entry.commune)
    return version


def kind_of(content: Content) -> Kind:
    return Kind.ANSWER if isinstance(content, Answer) else Kind.MACRO


def content_of(kind: Kind, kept: Mapping[str, Any]) -> Content:
    return Answer.from_json(kept) if kind is Kind.ANSWER else Macro.from_json(kept)


async def _check(
    tx: Transaction, content: Content, commune: str | None, catalogue: Catalogue
) -> None:
    teams = [*catalogue.teams]
    if isinstance(content, Answer):
        check_answer(content, teams, [*catalogue.services])
    else:
        answers = await store.usable(tx, Kind.ANSWER, commune)
        check_macro(content, teams, [answer.code for answer in answers])
