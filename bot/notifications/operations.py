"""A request changes, and those whom it concerns hear of it in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.conversations import store as conversations
from bot.conversations.commit import tell
from bot.notifications.messages import UNTOLD, Change, told
from bot.places.communes import Gazetteer
from bot.service_requests import store
from bot.service_requests.rules import Actor, Status, move
from bot.services.rules import Catalogue
from bot.storage.transaction import Transaction
from bot.words.catalogues import Words
from bot.words.phrases import Line, say


@dataclass(frozen=True)
class Notifier:
    """What is needed to say what changed."""

    catalogue: Catalogue
    gazetteer: Gazetteer
    words: Words

    async def change(
        self,
        tx: Transaction,
        reference: str,
        target: Status,
        actor: Actor,
        reason: str | None,
        now: datetime,
    ) -> int:
        """Make the step, and tell whoever filed the request and all who follow it, where they
        wrote from. Returns how many were told. Raises `NotFound`, `Conflict`, `Invalid`."""
        case = await store.case(tx, reference)
        concerned = {case.conversation_id: True}
        for follower in await store.followers(tx, reference):
            concerned.setdefault(follower.conversation_id, False)
        for conversation_id in sorted(concerned):
            # Before the request, as a turn does: two who wait for each other would wait for ever.
            await conversations.locked(tx, conversation_id)
        case = await store.case(tx, reference, for_update=True)
        move(case.status, target, actor, reason)
        await store.append_status(tx, reference, target, actor, reason, now)
        service = self.catalogue.find(case.service, case.commune)
        change = Change(reference, service, self._place(case), target, reason)
        count = 0
        for conversation_id, is_own in concerned.items():
            reply = told(change, is_own=is_own)
            count += await tell(tx, conversation_id, [reply], self.words, now, unless=UNTOLD)
        return count

    def _place(self, case: store.CaseRow) -> Line:
        town = self.gazetteer.by_insee(case.commune).name
        return say("form.place", address=case.address, town=town) if case.address else town
