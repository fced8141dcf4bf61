"""A ticket's story: a person is asked for, an agent answers, notes, passes on, closes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum, auto

from bot.accounts.rules import Agent
from bot.conversations.escalation import HandOver
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.store import await_words
from bot.demo.content import Talk
from bot.demo.stage import Person, Stage
from bot.demo.timeline import Step
from bot.handover import answering, mentioning, passing, snoozing
from bot.handover.choosing import ChooseReach, RateAnswer, ReopenTicket
from bot.handover.correcting import Correction, correct
from bot.handover.store import read_through
from bot.learning.rules import Meant
from bot.services.opening import hours_of
from bot.storage.transaction import Transaction
from bot.tickets.operations import Asked
from bot.tickets.rules import Priority, Reach, Reason, Subject
from bot.words.phrases import Outcome, Reply, say

MINUTE = timedelta(minutes=1)
NOTED, RATED, GOOD, EXPLAINED = 0.5, 0.6, 0.85, 0.4
SO_FAR = 10_000
"""More messages than a talk has."""
Steps = Iterable[Step]


class End(Enum):
    """How far a talk has come when the month ends."""

    CLOSED = auto()
    ANSWERED = auto()  # the agent waits for the citizen
    WRITTEN = auto()  # the citizen waits for the agent who has it
    ASSIGNED = auto()  # in somebody's hands, not answered yet
    UNTAKEN = auto()  # in the queue
    TRANSFERRED = auto()  # in another team's queue
    SNOOZED = auto()  # answered, and put aside until something else is known
    REOPENED = auto()  # it was closed too early: with whoever had it, before others


@dataclass
class TicketTalk:
    """One ticket. `agent`: who has it sooner or later; `colleague`: who answers their note; `to`:
    the team that it is passed on to."""

    person: Person
    talk: Talk
    agent: Agent
    end: End
    colleague: Agent | None = None
    to: str | None = None
    reference: str = ""
    said: int = 0

    async def begin(self, stage: Stage, tx: Transaction) -> Steps:
        words = stage.rng.choice(self.talk.asks)
        if self.talk.emergency is None:
            return await self._ask(stage, tx, words)
        numbers = Reply(
            (
                say("greeting.introduction"),
                say(f"emergency.{self.talk.emergency}"),
                say("emergency.not_this_service"),
            )
        )
        await stage.exchange(tx, self.person, words, [numbers])

        async def ask(stage: Stage, tx: Transaction) -> Steps:
            return await self._ask(stage, tx, "je veux quelqu'un svp", about=words)

        return [Step(stage.now + MINUTE, ask, alone=True)]

    async def _ask(
        self, stage: Stage, tx: Transaction, words: str, about: str | None = None
    ) -> Steps:
        """A person is asked for; `about`: what was said before, when the words do not tell."""
        talk = self.talk
        team = stage.counter.team(talk.team)
        asked = Asked(
            Subject(talk.subject),
            about or words,
            self.person.commune,
            team,
            Reason.ANGER if talk.subject == "complaint" else Reason.ASKED,
            Priority(talk.priority),
            packet={} if talk.emergency is None else {"marks": ["dangerous"]},
            teams=stage.counter.catalogue.teams,
        )
        reference = Outcome(0, "reference")
        told = Reply(
            (say("greeting.introduction"), Outcome(0, "line"), Outcome(0, "queue")),
            reference=reference,
        )
        chosen = ChooseReach(Reach.LIVE, stage.counter.catalogue)
        handed = await stage.exchange(tx, self.person, words, [told], [HandOver(asked), chosen])
        self.reference = handed[0].reference
        awaiting = Awaiting(AwaitingKind.WAITING, self.reference)
        await await_words(tx, self.person.speaker.conversation_id, awaiting)
        return self._followed(stage)

    def _followed(self, stage: Stage) -> Steps:
        if self.end is End.UNTAKEN:
            return
        answers = self._soon(stage, 4 * MINUTE, 80 * MINUTE)
        if self.end is End.ASSIGNED:
            yield Step(answers, self.assign)
            return
        yield Step(answers, self.reply)
        if self.talk.note is not None and stage.rng.random() < NOTED:
            yield Step(answers + 2 * MINUTE, self.note)
            if self.colleague is not None:
                yield Step(answers + 5 * MINUTE, self.answer_note)
        if self.talk.subject == "question" and stage.rng.random() < EXPLAINED:
            yield Step(answers + 3 * MINUTE, self.explain)
        if self.to is not None:
            yield Step(answers + 6 * MINUTE, self.transfer)

    def _soon(self, stage: Stage, shortest: timedelta, longest: timedelta) -> datetime:
        """A moment of the team's opening hours."""
        waited = stage.later(stage.now, shortest, longest) - stage.now
        hours = hours_of(stage.counter.team(self.talk.team))
        return hours.after(stage.now, waited) or stage.now + waited

    async def assign(self, stage: Stage, tx: Transaction) -> Steps:
        await passing.take(tx, self.agent, self.reference, stage.counter, stage.now)
        return []

    async def _read(self, stage: Stage, tx: Transaction) -> None:
        """All that the citizen wrote was on the agent's screen, and every note."""
        await read_through(tx, self.person.speaker.conversation_id, SO_FAR)
        await mentioning.read(tx, self.agent, self.reference, stage.now)

    async def reply(self, stage: Stage, tx: Transaction) -> Steps:
        await self._read(stage, tx)
        text = self.talk.answers[min(self.said, len(self.talk.answers) - 1)]
        self.said += 1
        await answering.reply(
            tx,
            self.agent,
            self.reference,
            text,
            f"demo:{self.reference}:{self.said}",
            stage.counter,
            stage.now,
        )
        if self.end is End.SNOOZED:
            return [Step(stage.now + MINUTE, self.snooze)]
        if self.to is not None or self.end is End.ANSWERED:
            return []
        if self.said == 1:
            return [Step(stage.later(stage.now, MINUTE, 25 * MINUTE), self.write)]
        return [Step(stage.later(stage.now, 5 * MINUTE, 40 * MINUTE), self.close)]

    async def write(self, stage: Stage, tx: Transaction) -> Steps:
        """The citizen adds something, which only the agent may answer."""
        await stage.writes(tx, self.person, stage.rng.choice(self.talk.more))
        if self.end is End.WRITTEN:
            return []
        if len(self.talk.answers) > self.said:
            return [Step(self._soon(stage, 3 * MINUTE, 40 * MINUTE), self.reply)]
        return [Step(self._soon(stage, 3 * MINUTE, 60 * MINUTE), self.close)]

    async def note(self, stage: Stage, tx: Transaction) -> Steps:
        """For whoever answers it, if somebody does."""
        words, key = self.talk.note or "", f"demo:{self.reference}"
        await self._call(stage, tx, self.agent, self.colleague, words, key)
        return []

    async def _call(
        self,
        stage: Stage,
        tx: Transaction,
        author: Agent,
        other: Agent | None,
        words: str,
        key: str,
    ) -> None:
        """A note that calls another one by name."""
        text = words if other is None else f"@{other.name} {words}"
        called = () if other is None else (other.id,)
        await answering.note(tx, author, self.reference, text, key, stage.now, mentions=called)

    async def answer_note(self, stage: Stage, tx: Transaction) -> Steps:
        """What another one says to the note."""
        if self.colleague is not None:
            await mentioning.read(tx, self.colleague, self.reference, stage.now)
            words, again = stage.pick("notes"), f"demo:{self.reference}:colleague"
            await self._call(stage, tx, self.colleague, self.agent, words, again)
        return []

    async def transfer(self, stage: Stage, tx: Transaction) -> Steps:
        team = self.to or self.talk.team
        await passing.transfer(tx, self.agent, self.reference, team, stage.counter, stage.now)
        return []

    async def explain(self, stage: Stage, tx: Transaction) -> Steps:
        """What the assistant should have understood, for review."""
        meant = Correction(1, Meant("ask_information"))
        await correct(tx, self.agent, self.reference, meant, stage.counter, stage.now)
        return []

    async def snooze(self, stage: Stage, tx: Transaction) -> Steps:
        """Until a morning after the month's end."""
        morning = datetime.combine(stage.until.date(), time(9), stage.until.tzinfo)
        until = morning + timedelta(days=stage.rng.randint(1, 5))
        await snoozing.snooze(tx, self.agent, self.reference, until, stage.now)
        return []

    async def close(self, stage: Stage, tx: Transaction) -> Steps:
        await self._read(stage, tx)
        await answering.close(tx, self.agent, self.reference, stage.counter, stage.now)
        if self.end is End.REOPENED:
            return [Step(stage.later(stage.now, 5 * MINUTE, 40 * MINUTE), self.reopen)]
        if stage.rng.random() > RATED:
            return []
        return [Step(stage.later(stage.now, MINUTE, 90 * MINUTE), self.rate)]

    async def rate(self, stage: Stage, tx: Transaction) -> Steps:
        is_good = stage.rng.random() < GOOD
        opinion = stage.pick("opinions") if stage.rng.random() < 1 / 3 else None
        score = "good" if is_good else "bad"
        rating = RateAnswer(self.reference, score, opinion)
        told = Reply((say("ticket.thanks_feedback"),))
        said = opinion or stage.pick("satisfied" if is_good else "unsatisfied")
        await stage.exchange(tx, self.person, said, [told], [rating])
        await self._read(stage, tx)
        return []

    async def reopen(self, stage: Stage, tx: Transaction) -> Steps:
        """It was not settled, and goes on."""
        words = stage.pick("still_open")
        told = Reply((say("ticket.reopened", reference=self.reference), Outcome(0, "queue")))
        again = ReopenTicket(self.reference, words, stage.counter.catalogue)
        await stage.exchange(tx, self.person, words, [told], [again])
        awaiting = Awaiting(AwaitingKind.WAITING, self.reference)
        await await_words(tx, self.person.speaker.conversation_id, awaiting)
        return []
