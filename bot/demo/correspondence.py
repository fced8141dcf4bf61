"""Somebody writes a mail, an agent answers, and they may write again: as if a mail server had taken
it, but no mail is kept and none is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from bot.accounts import store as accounts
from bot.accounts.rules import Agent
from bot.demo.content import Letter
from bot.demo.mail import Mail
from bot.demo.rules import MAIL, fold_accents
from bot.demo.stage import Person, Stage
from bot.demo.talks import SO_FAR, End
from bot.demo.timeline import Step
from bot.handover import answering
from bot.handover.store import read_through
from bot.services.opening import hours_of
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RECENT_LETTERS = (
    (End.UNTAKEN, 20 * MINUTE, 400 * MINUTE, 2),
    (End.UNTAKEN, 2900 * MINUTE, 4300 * MINUTE, 2),
    (End.ANSWERED, 5000 * MINUTE, 9000 * MINUTE, 2),
    (End.WRITTEN, 1600 * MINUTE, 4000 * MINUTE, 2),
)
"""Those that are open when the month ends, as `month.RECENT` tells of tickets."""
THANKED = 0.4
THANKS = ("thank", 0.97)


@dataclass
class Correspondence:
    """One thread. `agent`: who answers; `written`: mails of the citizen's, `said`: answers."""

    person: Person
    letter: Letter
    agent: Agent
    end: End
    reference: str = ""
    written: int = 0
    said: int = 0

    async def begin(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        await accounts.new_citizen(tx, stage.now, self.person.citizen_id)
        letter = self.letter
        read = (letter.intent, 0.91)
        kept = await self._send(stage, tx, letter.subject, letter.said, read)
        self.person.conversation_id = kept
        opened = await tickets.open_in(tx, kept)
        if opened is None:
            return []
        self.reference = opened["reference"]
        if self.end is End.UNTAKEN:
            return []
        if self.end is End.CLOSED:  # read within days, as mail is
            return [Step(self._at_work(stage, 2 * HOUR, 19 * HOUR), self.reply)]
        return [Step(self._at_work(stage, HOUR, 6 * HOUR), self.reply)]

    def _at_work(self, stage: Stage, shortest: timedelta, longest: timedelta) -> datetime:
        """After so much of the team's opening hours."""
        waited = stage.later(stage.now, shortest, longest) - stage.now
        hours = hours_of(stage.counter.team(self.letter.team))
        return hours.after(stage.now, waited) or stage.now + waited

    async def _send(
        self, stage: Stage, tx: Transaction, subject: str, said: str, read: tuple[str, float]
    ) -> UUID:
        """A mail of theirs, into the thread once there is one. Returns the conversation."""
        self.written += 1
        person, number = self.person, self.written
        mail = Mail(
            uuid5(person.citizen_id, str(number)),
            self._message_id(number),
            tuple(self._message_id(one) for one in range(number - 1, 0, -1)),
            self._address,
            self.letter.name,
            f"mairie.{person.commune}@{MAIL}",
            subject,
            said,
            person.language,
            person.commune,
            self.letter.team,
            *read,
            person.citizen_id,
            person.conversation_id,
            self.reference or None,
        )
        return await stage.file_mail(tx, stage.counter, mail, stage.now)

    def _message_id(self, number: int) -> str:
        return f"<{self.person.number}.{number}@{MAIL}>"

    @property
    def _address(self) -> str:
        name = fold_accents(self.letter.name).lower().replace(" ", ".")
        return f"{name}.{self.person.number}@{MAIL}"

    async def reply(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        await read_through(tx, self.person.speaker.conversation_id, SO_FAR)
        text = self.letter.answers[min(self.said, len(self.letter.answers) - 1)]
        self.said += 1
        key = f"demo:{self.reference}:{self.said}"
        await answering.reply(tx, self.agent, self.reference, text, key, stage.counter, stage.now)
        if self.end is End.ANSWERED:
            return []
        if self.said < len(self.letter.answers) or self.end is End.WRITTEN:
            return [Step(stage.later(stage.now, HOUR, 20 * HOUR), self.write)]
        return [Step(stage.now + MINUTE, self.close)]

    async def write(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        """The citizen answers the answer."""
        await self._answer(stage, tx, self.letter.more, (self.letter.intent, 0.88))
        if self.end is End.WRITTEN:
            return []
        return [Step(self._at_work(stage, HOUR, 8 * HOUR), self.reply)]

    async def _answer(
        self, stage: Stage, tx: Transaction, said: str, read: tuple[str, float]
    ) -> None:
        await self._send(stage, tx, f"Re: {self.letter.subject}", said, read)

    async def close(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        await answering.close(tx, self.agent, self.reference, stage.counter, stage.now)
        if self.person.language != "fr" or stage.rng.random() > THANKED:
            return []
        return [Step(stage.later(stage.now, HOUR, 9 * HOUR), self.thank)]

    async def thank(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        """A last word, which opens nothing."""
        await self._answer(stage, tx, stage.pick("thanks"), THANKS)
        await read_through(tx, self.person.speaker.conversation_id, SO_FAR)
        return []
