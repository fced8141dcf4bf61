"""What can be asked of the program's sentences by those who may write them anew."""

from __future__ import annotations

from datetime import datetime

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.errors import Conflict, NotFound
from bot.storage.transaction import Transaction
from bot.texts import store
from bot.texts.rules import Text, check
from bot.texts.sentences import Sentences
from bot.texts.store import Version


async def save(
    tx: Transaction,
    agent: Agent,
    key: str,
    commune: str | None,
    base: int,
    text: Text,
    sentences: Sentences,
    now: datetime,
) -> int:
    """Let a text hold for all, or in a town; the number of its version. What holds already writes
    none, and the original itself is no text of one's own. `base`: the version that was on screen, 0
    for none. Raises `Forbidden`, `NotFound`, `Unfit`, and `Conflict` when it is not the last."""
    original = sentences.original(key)
    last = await _last(tx, agent, key, commune, base)
    check(text, original)
    if text.en == original.en:  # the form shows it: it goes on following the catalogue
        text = Text(text.fr)
    # What a town goes without is the metropolis's, which may differ: there it is an edition.
    chosen = None if text.fr == original.fr and text.en is None and commune is None else text
    if chosen == (None if last is None else last.text):
        return base
    version = await store.add(tx, agent, key, commune, base, chosen, now)
    action = Action.TEXT_CHANGED if chosen is not None else Action.TEXT_GIVEN_UP
    await audit.record(tx, agent.actor, action, key, now, commune=commune)
    return version


async def restore(
    tx: Transaction,
    agent: Agent,
    key: str,
    commune: str | None,
    base: int,
    number: int,
    sentences: Sentences,
    now: datetime,
) -> int:
    """Let an earlier version hold again, 0 for none of one's own, as one more version. Raises as
    `save` does."""
    original = sentences.original(key)
    last = await _last(tx, agent, key, commune, base)
    text = None
    if number:
        kept = await store.history(tx, agent, key, commune)
        found = next((one for one in kept if one.version == number), None)
        if found is None:
            raise NotFound("version")
        text = found.text
    if text is not None:
        check(text, original)
    if text == (None if last is None else last.text):
        return base
    version = await store.add(tx, agent, key, commune, base, text, now, number)
    action = Action.TEXT_RESTORED if text is not None else Action.TEXT_GIVEN_UP
    await audit.record(tx, agent.actor, action, key, now, commune=commune)
    return version


async def _last(
    tx: Transaction, agent: Agent, key: str, commune: str | None, base: int
) -> Version | None:
    last = await store.hold(tx, agent, key, commune)
    if base != (0 if last is None else last.version):
        raise Conflict("it was changed meanwhile")
    return last
