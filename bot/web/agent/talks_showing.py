"""A conversation without a ticket, and the reports in it, in the agent's language."""

from __future__ import annotations

from bot.contacts.others import others_of_conversation
from bot.handover.reading import Report, Talk
from bot.service_requests.life_store import Entry
from bot.service_requests.rules import Actor, Status
from bot.services.working_days import local_date
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.web.agent import shapes, talks_shapes
from bot.web.agent.showing import Shower
from bot.web.agent.speech import file_of

_STATES = {status.value for status in Status}


async def shown_talk(tx: Transaction, shower: Shower, talk: Talk) -> talks_shapes.Talk:
    row = talk.conversation
    others = await others_of_conversation(tx, shower.agent, row, utc_now())
    return talks_shapes.Talk(
        conversation=row["id"],
        town=shower.town(talk.commune),
        language=shower.word(f"desk_language_{row['language']}"),
        channel=shower.word(f"desk_channel_{row['channel']}"),
        ticket=talk.ticket,
        goes_on=talk.goes_on,
        messages=await shower.messages(tx, row["citizen_id"], talk.messages),
        reports=[_report(shower, one) for one in talk.reports],
        photos=talk.photos,
        files=[file_of(kept) for kept in talk.files],
        requests=[shower.own_request(own) for own in talk.requests if not own.is_here],
        earlier=[shower.earlier(ticket) for ticket in talk.earlier],
        others=[shower.other(one) for one in others],
    )


def _report(shower: Shower, one: Report) -> talks_shapes.Report:
    expected = None if one.is_paused or not one.is_open else one.expected_on
    return talks_shapes.Report(
        reference=one.reference,
        label=one.label,
        town=shower.town(one.commune),
        address=one.address,
        precision=one.precision,
        description=one.description,
        answers=[
            shapes.Fact(name=fact.name, value=fact.value, field=None, choices=[])
            for fact in one.answers
        ],
        state=shower.state(one.status),
        filed_at=one.filed_at,
        expected_on=one.expected_on,
        is_late=expected is not None and expected < local_date(utc_now()),
        point=one.point,
        photos=list(one.photos),
        history=[shapes.Past(at=entry.at, text=_line(shower, entry)) for entry in one.history],
    )


def _line(shower: Shower, entry: Entry) -> str:
    """What happened to a report, in a line: a state that it came into, or an event."""
    if entry.what in _STATES:
        what = shower.state(Status(entry.what)).label
        what = what[:1].upper() + what[1:]
    else:
        what = shower.word(f"desk_report_did_{entry.what}")
    who = "" if entry.actor is Actor.SYSTEM else shower.word(f"desk_report_by_{entry.actor}")
    said = f"{what} ({who})" if who else what
    return shower.word("desk_report_said", what=said, words=entry.words) if entry.words else said
