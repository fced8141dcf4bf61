"""What citizens and agents of one town do, for worlds of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, update

from bot.accounts.rules import Agent, Role
from bot.answers import operations as canned
from bot.answers.deeds import Macro
from bot.answers.rules import Answer, Words
from bot.attachments import operations as attachments
from bot.attachments.rules import Sent, What
from bot.automations import store as automations
from bot.automations.conditions import Automation, Conditions, Deeds, When
from bot.conversations import store as conversations
from bot.conversations.escalation import HandOver
from bot.conversations.operations import Arrival, receive
from bot.conversations.tables import Message
from bot.conversations.turn import Speaker
from bot.handover import answering, merging, saved_filters, snoozing
from bot.learning import store as learning
from bot.learning.rules import Meant
from bot.parts import Service
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.photo_intake import keep_photo
from bot.storage.transaction import Database
from bot.teams import store as teams
from bot.texts import operations as writing
from bot.texts import store as texts
from bot.texts.rules import Text
from bot.tickets import store as tickets
from bot.tickets.operations import Asked
from bot.tickets.rules import Subject
from tests.handover.builders import COUNTER, RECEPTION, a_word, an_agent
from tests.turn.scripted import a_citizen, now
from tests.web.browsers import a_picture

HIDDEN = "caché"
TOPIC = "girouette"
"""A word that every town's citizens say."""


@dataclass(frozen=True)
class Town:
    """Makes things of one town, with a word of its own in every text."""

    service: Service
    commune: str
    mark: str

    @property
    def database(self) -> Database:
        return self.service.database

    def agent(self, name: str, role: Role = Role.AGENT) -> Any:
        return an_agent(self.database, f"{name} {self.mark}", role, frozenset({self.commune}))

    async def says(self, citizen: UUID, words: str, kind: str = "text", **content: Any) -> int:
        """A citizen of the town writes; the number of the message."""
        async with self.database.transaction() as tx:
            arrival = Arrival(
                "web",
                str(citizen),
                citizen,
                uuid4().hex,
                kind,
                f"{words} {self.mark}",
                content,
                self.commune,
            )
            return (await receive(tx, arrival, now())).seq

    async def talk(self, *words: str) -> Speaker:
        """A conversation that nobody has to answer."""
        citizen = await a_citizen(self.database)
        for said in words:
            await self.says(citizen, said)
        async with self.database.transaction() as tx:
            row = await conversations.conversation_at(tx, "web", str(citizen))
            assert row is not None
            await conversations.mark_answered(tx, row["id"], row["last_seq"], uuid4())
            await conversations.change(tx, row["id"], waiting_since=None, due_at=None)
        return Speaker(row["id"], citizen, "web")

    async def ticket(self, speaker: Speaker) -> str:
        asked = Asked(Subject.HUMAN, f"résumé {self.mark}", self.commune, RECEPTION)
        async with self.database.transaction() as tx:
            return (await HandOver(asked).perform(tx, speaker, now())).reference

    async def another(self) -> str:
        return await self.ticket(await self.talk(f"une {TOPIC} grince"))

    async def noted(self, agent: Agent, reference: str) -> str:
        note = f"n-{uuid4().hex}"
        async with self.database.transaction() as tx:
            await answering.note(tx, agent, reference, f"à voir {self.mark}", note, now())
        return f"note:{note}"

    async def ended(self, agent: Agent) -> str:
        reference = await self.another()
        async with self.database.transaction() as tx:
            await answering.close(tx, agent, reference, COUNTER, now())
        return reference

    async def joined(self, agent: Agent) -> tuple[str, str]:
        """The ticket in which the other one goes on, and that one."""
        lead, merged = await self.another(), await self.another()
        async with self.database.transaction() as tx:
            await merging.merge(tx, agent, merged, lead, COUNTER, now())
        return lead, merged

    async def fills_form(self, speaker: Speaker) -> None:
        street = f"rue {self.mark}"
        form = Draft(service="pothole", commune=self.commune, step="size", address=street)
        async with self.database.transaction() as tx:
            await requests.save_draft(tx, speaker.conversation_id, form, now())

    async def is_absent(self, agent: Agent) -> UUID:
        start = now() + timedelta(days=9)
        async with self.database.transaction() as tx:
            await teams.add_absence(tx, agent.id, start, start + timedelta(days=1))
            (absence,) = await teams.absences(tx, agent.id, now())
        return UUID(str(absence["id"]))

    async def explained(self, agent: Agent, speaker: Speaker) -> int:
        async with self.database.transaction() as tx:
            return await learning.propose(
                tx,
                speaker.conversation_id,
                1,
                f"bonjour {self.mark}",
                Meant("ask_information"),
                understood={},
                commune=self.commune,
                at=now(),
                agent_id=agent.id,
                author=agent.name,
            )

    async def sends_photo(self, speaker: Speaker) -> UUID:
        citizen, files = speaker.citizen_id, self.service.photos
        photo = await keep_photo(self.database, files, citizen, a_picture(), now())
        await self.says(citizen, "voyez", "photo", photo=str(photo))
        return photo

    async def sends_file(self, speaker: Speaker) -> UUID:
        sent = Sent(What.VOICE, f"{self.mark}.ogg", "audio/ogg", 3)
        kept = await self.service.attachments.keep(self.mark.encode(), sent)
        await self.says(speaker.citizen_id, "écoutez", "file", **kept.content())
        async with self.database.transaction() as tx:
            who = (speaker.citizen_id, speaker.conversation_id)
            await attachments.add(tx, kept, *who, now())
        return kept.id

    async def keeps_filter(self, agent: Agent, team: str | None, prefix: str) -> UUID:
        which = uuid4()
        async with self.database.transaction() as tx:
            said = (f"{prefix} {self.mark}", f"étiquette:{self.mark}")
            await saved_filters.keep(tx, agent, which, *said, team, COUNTER, now())
        return which

    async def canned(self, admin: Agent) -> tuple[int, int]:
        said, catalogue = Words(f"Titre {self.mark}"), self.service.catalogue
        answer, macro = Answer(said, Words(f"Corps {self.mark}")), Macro(said, note=self.mark)
        async with self.database.transaction() as tx:
            where = (a_word(), self.commune)
            return (
                await canned.create(tx, admin, *where, answer, catalogue, now()),
                await canned.create(tx, admin, *where, macro, catalogue, now()),
            )

    async def text(self, admin: Agent) -> int:
        """The town's own way to answer thanks; the number of its version."""
        sentences = self.service.texts.sentences
        async with self.database.transaction() as tx:
            last = await texts.hold(tx, admin, "thanks", self.commune)
            base = 0 if last is None else last.version
            which = (tx, admin, "thanks", self.commune, base)
            said = Text((f"Merci {self.mark} {base}",))
            return await writing.save(*which, said, sentences, now())

    async def automation(self, admin: Agent) -> UUID:
        only, then = Conditions(frozenset({self.commune})), Deeds(note=f"note {self.mark}")
        made = Automation(f"Règle {self.mark}", When.OPENED, only=only, then=then)
        async with self.database.transaction() as tx:
            which = await automations.add(tx, now())
            await automations.add_version(tx, admin, which, 1, made, now())
        return which

    async def listed(self, colleague: Agent, doubted: UUID) -> None:
        """What the lists show of it: something put aside, a tag, words not understood."""
        aside = await self.another()
        is_doubted = func.jsonb_build_object("doubted", True)
        async with self.database.transaction() as tx:
            until = now() + timedelta(hours=1)
            await snoozing.snooze(tx, colleague, aside, until, now())
            await tickets.change(tx, aside, tags=[self.mark])
            said = update(Message).where(Message.conversation_id == doubted)
            await tx.execute(said.values(content=Message.content.concat(is_doubted)))
