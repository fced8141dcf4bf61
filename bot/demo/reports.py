"""A report's story: told to the assistant, followed by others, dealt with by its team."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from bot.demo.content import Problem, Spot
from bot.demo.rules import as_typed
from bot.demo.stage import Person, Stage
from bot.demo.timeline import Step
from bot.service_requests import changes, moderation
from bot.service_requests.acknowledgement import acknowledgement, objective
from bot.service_requests.changes import Step as Change
from bot.service_requests.draft import Answer, Draft
from bot.service_requests.operations import (
    AddWords,
    ChangeOwn,
    FileRequest,
    FollowRequest,
    Rate,
)
from bot.service_requests.photo_store import add_photo
from bot.service_requests.rules import Actor, Score, Status
from bot.services.opening import hours_of
from bot.services.rules import Service, Text
from bot.services.working_days import due_date, local_date
from bot.storage.transaction import Transaction
from bot.words.phrases import Outcome, Reply, say

MINUTE = timedelta(minutes=1)
OFFICE_DAY = timedelta(hours=8)
GIVEN_UP, REFUSED, ASKED, PASSED_ON, PLANNED = 0.04, 0.11, 0.20, 0.32, 0.5
"""What becomes of a report, as bounds of a number from 0 to 1."""
RATED, REOPENED = 0.45, 0.93
OPENED, CLOSED = 0.55, 0.35
"""How many say something before it, and after."""
DANGEROUS = frozenset({"dangerous_tree", "standing_water"})
Steps = Iterable[Step]


@dataclass(frozen=True)
class Drawn:
    """A picture that is stored already, to be sent by a citizen."""

    id: UUID
    width: int
    height: int
    size_bytes: int


@dataclass
class Report:
    """One problem, who tells it and who else has it. `fate`: from 0 to 1, what becomes of it."""

    person: Person
    problem: Problem
    spot: Spot
    fate: float
    picture: Drawn | None = None
    followers: list[Person] = field(default_factory=list)
    merged_into: Report | None = None
    reference: str = ""

    def _service(self, stage: Stage) -> Service:
        return stage.counter.catalogue.service(self.problem.service, self.spot.insee)

    def _draft(self, stage: Stage, words: str) -> Draft:
        chosen = {c: Answer(stage.rng.choice(v)) for c, v in self.problem.answers.items()}
        return Draft(
            service=self.problem.service,
            description=words,
            address=self.spot.address,
            latitude=self.spot.latitude,
            longitude=self.spot.longitude,
            commune=self.spot.insee,
            answers=chosen,
            photos=() if self.picture is None else (str(self.picture.id),),
            dangerous=self.problem.service in DANGEROUS and self.fate > PLANNED,
        )

    def told_to_agent(self, stage: Stage) -> tuple[Draft, Service]:
        """What an agent notes of it, and the service that it is for."""
        words = self._words(stage, stage.counter.town(self.spot.insee))
        return self._draft(stage, words), self._service(stage)

    async def begin(self, stage: Stage, tx: Transaction) -> Steps:
        """The first words; the rest follows within minutes."""
        town = stage.counter.town(self.spot.insee)
        words = self._words(stage, town)
        service = self._service(stage)
        place = say("form.place", address=self.spot.address, town=town)
        noted = Reply(
            (
                say("greeting.introduction"),
                say("form.noted", what=service.short_label),
                say("form.place_found", place=place),
                *self._asks_photo(service),
            ),
            expects="photo" if self._asks_photo(service) else "confirm",
        )
        await stage.exchange(tx, self.person, words, [noted])

        async def send(stage: Stage, tx: Transaction) -> Steps:
            return await self.file(stage, tx, words)

        return [Step(stage.later(stage.now, MINUTE, 4 * MINUTE), send, alone=True)]

    def _words(self, stage: Stage, town: str) -> str:
        rng, address = stage.rng, self.spot.address
        if self.person.language == "en" and self.problem.english:
            return rng.choice(self.problem.english).format(where=f"at {address}, {town}")
        where = f"{rng.choice(['au', 'devant le', 'vers le', 'en face du'])} {address} à {town}"
        words = rng.choice(self.problem.texts).format(where=where)
        opening = stage.pick("openings") if rng.random() < OPENED else ""
        closing = stage.pick("closings") if rng.random() < CLOSED else ""
        return as_typed(rng, f"{opening}{words}{closing}")

    def _asks_photo(self, service: Service) -> tuple[Text, ...]:
        asked = [f.question for f in service.fields if f.kind.value == "photo"]
        return (*asked[:1],)

    async def file(self, stage: Stage, tx: Transaction, words: str) -> Steps:
        """The photo, or none, and the filing."""
        content = {}
        if self.picture is not None:
            await add_photo(
                tx,
                self.picture.id,
                self.person.citizen_id,
                self.picture.width,
                self.picture.height,
                self.picture.size_bytes,
                stage.now,
            )
            content = {"photo": str(self.picture.id)}
        service = self._service(stage)
        team = stage.counter.team(service.team)
        day = local_date(stage.now)
        reference = Outcome(0, "reference")
        lines = [
            say("report.filed", reference=reference),
            *acknowledgement(service, team, day),
            service.next_steps,
            objective(service, due_date(stage.now, service.target_delay_days)),
            say("report.followed"),
        ]
        is_english = self.person.language == "en"
        said = "" if content else stage.pick("no_photo_english" if is_english else "no_photo")
        filing = FileRequest(self._draft(stage, words), service.target_delay_days)
        filed = await stage.exchange(
            tx,
            self.person,
            said,
            [Reply(tuple(lines), reference=reference)],
            [filing],
            content,
        )
        self.reference = filed[0].reference
        return [*self._others(stage), *self._dealt_with(stage, service)]

    def _others(self, stage: Stage) -> Steps:
        for follower in self.followers:

            async def joins(stage: Stage, tx: Transaction, who: Person = follower) -> Steps:
                words = stage.pick("me_too")
                label = self._service(stage).short_label
                told = Reply((say("form.noted", what=label), say("report.followed")))
                draft = Draft(service=self.problem.service, description=words)
                operation = FollowRequest(self.reference, draft)
                where = f"{words}, {self.spot.address}"
                await stage.exchange(tx, who, where, [told], [operation])
                return []

            yield Step(stage.later(stage.now, 20 * MINUTE, 600 * MINUTE), joins)

    def recorded(self, stage: Stage, reference: str) -> Steps:
        """An agent has filed it: its team deals with it, and its citizen is not heard again."""
        self.reference = reference
        looks, ends = self._team_s(stage, self._service(stage))
        if looks is not None and ends is not None:
            yield Step(looks, self.take)
            yield Step(ends, self.end)

    def _team_s(self, stage: Stage, service: Service) -> tuple[datetime | None, datetime | None]:
        """When its team looks at it, and when it is done."""
        hours = hours_of(stage.counter.team(service.team))
        looks = hours.after(stage.now, stage.later(stage.now, MINUTE, OFFICE_DAY) - stage.now)
        delay = max(1, service.target_delay_days)
        work = OFFICE_DAY * delay * stage.rng.uniform(0.25, 1.15)
        return looks, hours.after(stage.now, work)

    def _dealt_with(self, stage: Stage, service: Service) -> Steps:
        looks, ends = self._team_s(stage, service)
        if looks is None or ends is None:
            return
        if self.picture is not None:
            yield Step(looks, self.show_photo)
        if self.fate < GIVEN_UP:
            yield Step(stage.later(stage.now, 60 * MINUTE, 1500 * MINUTE), self.withdraw)
        elif self.merged_into is not None:
            yield Step(looks, self.merge)
        elif self.fate < REFUSED:
            yield Step(looks, self.reject)
        elif self.fate < ASKED:
            yield Step(looks, self.ask)
            yield Step(ends, self.resolve)
        else:
            yield Step(looks, self.take)
            yield Step(ends, self.resolve)

    async def show_photo(self, stage: Stage, tx: Transaction) -> Steps:
        await moderation.publish(tx, stage.counter.catalogue, self.reference, stage.now)
        return []

    async def _becomes(
        self, stage: Stage, tx: Transaction, target: Status, reason: str | None = None
    ) -> None:
        day = None
        if target is Status.PLANNED:
            day = due_date(stage.now, 3)
        step = Change(target, Actor.AGENT, reason, day)
        await changes.change_status(tx, self.reference, step, stage.now)

    async def take(self, stage: Stage, tx: Transaction) -> Steps:
        if self.fate < PASSED_ON:
            await self._becomes(stage, tx, Status.FORWARDED, stage.pick("forwarded"))
        elif self.fate < PLANNED:
            await self._becomes(stage, tx, Status.PLANNED)
        else:
            await self._becomes(stage, tx, Status.IN_PROGRESS)
        return []

    async def reject(self, stage: Stage, tx: Transaction) -> Steps:
        await self._becomes(stage, tx, Status.REJECTED, stage.pick("rejected"))
        return []

    async def ask(self, stage: Stage, tx: Transaction) -> Steps:
        await self._becomes(stage, tx, Status.WAITING_CITIZEN, stage.pick("asks"))
        if stage.rng.random() < 1 / 3:
            return []
        return [Step(stage.later(stage.now, 30 * MINUTE, 1400 * MINUTE), self.answer)]

    async def answer(self, stage: Stage, tx: Transaction) -> Steps:
        words = stage.pick("answers")
        told = Reply((say("form.detail_added"),))
        await stage.exchange(tx, self.person, words, [told], [AddWords(self.reference, words)])
        return []

    async def withdraw(self, stage: Stage, tx: Transaction) -> Steps:
        words = stage.pick("withdrawn")
        told = Reply((say("ticket.no_feedback"),))
        operation = ChangeOwn(self.reference, Status.WITHDRAWN, words)
        await stage.exchange(tx, self.person, words, [told], [operation])
        return []

    async def merge(self, stage: Stage, tx: Transaction) -> Steps:
        parent = "" if self.merged_into is None else self.merged_into.reference
        await changes.merge(tx, self.reference, parent, Actor.AGENT, stage.now)
        return []

    async def end(self, stage: Stage, tx: Transaction) -> Steps:
        await self._becomes(stage, tx, Status.RESOLVED, stage.pick("resolved"))
        return []

    async def resolve(self, stage: Stage, tx: Transaction) -> Steps:
        await self.end(stage, tx)
        chance = stage.rng.random()
        if chance > RATED and chance < REOPENED:
            return []
        after = self.rate if chance <= RATED else self.reopen
        return [Step(stage.later(stage.now, 10 * MINUTE, 1200 * MINUTE), after)]

    async def rate(self, stage: Stage, tx: Transaction) -> Steps:
        is_good = stage.rng.random() < 0.85
        score = Score.GOOD if is_good else Score.BAD
        said = stage.pick("satisfied" if is_good else "unsatisfied")
        told = Reply((say("ticket.no_feedback"),))
        await stage.exchange(tx, self.person, said, [told], [Rate(self.reference, score)])
        return []

    async def reopen(self, stage: Stage, tx: Transaction) -> Steps:
        words = stage.pick("not_solved")
        told = Reply((say("ticket.no_feedback"),))
        operation = ChangeOwn(self.reference, Status.REOPENED, words)
        await stage.exchange(tx, self.person, words, [told], [operation])
        return []
