"""The acknowledgement by e-mail of what was filed: the same facts as in the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.errors import Invalid
from bot.mail.letters import Content, Envelope, Mailer
from bot.mail.operations import answers_line, post
from bot.mail.rules import check_address
from bot.places.addresses import own_address
from bot.service_requests.acknowledgement import acknowledgement, objective
from bot.services.rules import FieldKind, Service, Team
from bot.services.working_days import due_date, local_date
from bot.storage.transaction import Transaction
from bot.words.phrases import Line, say


def email_of(service: Service, answers: Mapping[str, Any]) -> str | None:
    """The first e-mail address among the values of a service's contact fields; None without one,
    or for one that no letter can go to."""
    for asked in service.fields:
        given = answers.get(asked.code)
        if asked.kind is not FieldKind.CONTACT or not isinstance(given, str) or "@" not in given:
            continue
        try:
            check_address(asked.code, given)
        except Invalid:
            continue
        return given
    return None


def filing_key(reference: str) -> str:
    """Names the letter that acknowledges a request."""
    return f"filed:{reference}"


@dataclass(frozen=True)
class FilingLetter:
    """What `FileRequest` posts once the reference is known, in the name of the request's own town.

    Of what the citizen told, it repeats number and street only: the e-mail address may be mistyped,
    or be somebody's to whom a stranger wants to have words sent.
    """

    mailer: Mailer
    to: str
    language: str
    service: Service
    team: Team
    town: str
    address: str | None
    commune: str | None = None

    async def post(self, tx: Transaction, reference: str, now: datetime) -> None:
        """In the transaction that files it: there is a letter if and only if there is a request."""
        envelope = Envelope(
            self.to,
            self.language,
            self.town,
            reference,
            self.team.email,
            commune=self.commune,
        )
        content = self._content(envelope, now)
        await post(tx, self.mailer, envelope, content, key=filing_key(reference), now=now)

    def _content(self, envelope: Envelope, now: datetime) -> Content:
        service, team = self.service, self.team
        facts: list[tuple[Line, Line]] = [
            (say("mail.fact_reference"), str(envelope.reference)),
            (say("mail.fact_service"), service.label),
            (say("mail.fact_place"), self._place()),
        ]
        if service.procedure is None:  # a formal demand's lines name the team
            told = say("mail.team", team=team.label, contact=team.contact)
            facts.append((say("mail.fact_team"), told))
        lines: list[Line] = [
            *acknowledgement(service, team, local_date(now)),
            service.next_steps,
            objective(service, due_date(now, service.target_delay_days)),
        ]
        if service.not_ours is not None:
            lines.append(service.not_ours)
        return Content(
            subject=self._subject(envelope.reference),
            heading=say("mail.report" if service.procedure is None else "mail.request"),
            facts=facts,
            lines=lines,
            why=(
                say("mail.why_filed", reference=envelope.reference, town=self.town),
                answers_line(envelope),
            ),
        )

    def _place(self) -> Line:
        street = own_address(self.address)
        return say("form.place", address=street, town=self.town) if street else self.town

    def _subject(self, reference: str | None) -> Line:
        """Read on a locked screen too: nothing delicate, and no home's address."""
        if self.service.sensitive:
            return say("mail.sensitive_subject", reference=reference)
        what = self.service.short_label
        if self.service.procedure is not None:
            return say("mail.request_subject", reference=reference, what=what, place=self.town)
        return say("mail.report_subject", reference=reference, what=what, place=self._place())
