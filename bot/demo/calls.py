"""Somebody calls, comes to the counter or writes on paper, and an agent records it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from bot.accounts import store as accounts
from bot.accounts.rules import Agent
from bot.contacts import operations as contacts
from bot.contacts.decisions import Answered, Contact, Decision, ToFile, ToPass
from bot.contacts.rules import Channel
from bot.contacts.rules import Person as Caller
from bot.demo.content import Talk
from bot.demo.reports import Report
from bot.demo.stage import Person, Stage
from bot.demo.timeline import Step
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Transaction
from bot.tickets.rules import Subject


@dataclass
class Call:
    """`about`: a report that the agent files, or a question that they answer at once or, if it
    `is_passed`, leave to its team."""

    person: Person
    agent: Agent
    about: Report | Talk
    name: str
    is_passed: bool = False

    async def record(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        await accounts.new_citizen(tx, stage.now, self.person.citizen_id)
        words, decided = self._decided(stage)
        contact = Contact(
            f"demo-{self.person.number}",
            Channel(self.person.channel),
            self.person.commune,
            Caller(self.name),
            words,
        )
        desk = contacts.Desk(stage.counter.words)
        kept = await contacts.record(
            tx, self.agent, contact, decided, desk, stage.now, self.person.citizen_id
        )
        if not isinstance(self.about, Report):
            return []
        filed = select(ServiceRequest.reference).where(ServiceRequest.conversation_id == kept)
        return self.about.recorded(stage, (await tx.scalars(filed)).one())

    def _decided(self, stage: Stage) -> tuple[str, Decision]:
        counter = stage.counter
        if isinstance(self.about, Report):
            draft, service = self.about.told_to_agent(stage)
            town = counter.town(draft.commune)
            return draft.description or "", ToFile(draft, service, counter.team(service.team), town)
        team, words = counter.team(self.about.team), stage.rng.choice(self.about.asks)
        if self.is_passed:
            return words, ToPass(team, Subject(self.about.subject))
        return words, Answered(self.about.answers[0], team)
