"""Records a contact: a conversation that holds what was asked and what was told, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.engine import RowMapping

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.contacts import store
from bot.contacts.decisions import (
    Answered,
    Contact,
    Decision,
    NoteOnly,
    ToFile,
    ToJoin,
    ToPass,
    outcome_of,
)
from bot.contacts.photos import of_contact
from bot.contacts.rules import checked_words
from bot.conversations import store as conversations
from bot.conversations.commit import ByAgent, say_for_agent, tell_in
from bot.conversations.escalation import escalate
from bot.conversations.ownership import Deed
from bot.conversations.turn import Speaker
from bot.errors import NotFound
from bot.mail.letters import Mailer
from bot.mail.rules import masked
from bot.service_requests import life_store
from bot.service_requests.acknowledgement import filed_lines
from bot.service_requests.letters import FilingLetter
from bot.service_requests.operations import FileRequest, FollowRequest
from bot.service_requests.rules import Actor, EventKind
from bot.services.rules import Team
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.operations import Asked
from bot.tickets.rules import EventKind as TicketEvent
from bot.tickets.rules import Reach, Reason, Status, Subject
from bot.words.catalogues import Words
from bot.words.phrases import Line, Reply, say


@dataclass(frozen=True)
class Desk:
    """What recording needs beside the transaction."""

    words: Words
    mailer: Mailer | None = None


async def record(
    tx: Transaction,
    agent: Agent,
    contact: Contact,
    decided: Decision,
    desk: Desk,
    now: datetime,
    citizen: UUID | None = None,
) -> UUID:
    """Keep a contact and do what was decided. Returns its conversation; for a repeat the first
    one, unchanged. `citizen`: who it is, where that is known; else somebody new.

    Raises `NotFound` for a town that is not the agent's and for a request to join that is not
    open, `Invalid` for no words.
    """
    if not agent.sees(contact.commune):
        raise NotFound("town")
    said = checked_words("words", contact.words)
    conversation, is_new = await store.conversation_for(
        tx, agent, contact.channel, contact.id, contact.commune, contact.language, now, citizen
    )
    if not is_new:
        return UUID(str(conversation["id"]))
    photos = [str(photo) for photo in await of_contact(tx, agent, contact.id)]
    await _write_down(tx, agent, conversation, contact, said, decided, photos, now)
    conversation = await conversations.by_id(tx, conversation["id"])
    match decided:
        case ToFile():
            decided = replace(decided, draft=replace(decided.draft, photos=tuple(photos)))
            await _file(tx, agent, conversation, contact, decided, desk, now)
        case ToJoin():
            decided = replace(decided, draft=replace(decided.draft, photos=tuple(photos)))
            await _join(tx, agent, conversation, decided, desk, now)
        case ToPass():
            await _pass_on(tx, agent, conversation, contact, decided, now)
        case Answered():
            await _answer(tx, agent, conversation, contact, decided, desk, now)
        case NoteOnly():
            await _log(tx, agent, conversation, str(conversation["id"]), now)
            await conversations.change_owner(tx, conversation, Deed.RECORD, now)
    return UUID(str(conversation["id"]))


async def _write_down(
    tx: Transaction,
    agent: Agent,
    conversation: RowMapping,
    contact: Contact,
    said: str,
    decided: Decision,
    photos: Sequence[str],
    now: datetime,
) -> None:
    """The citizen's words as the agent noted them: nothing waits for the assistant's answer."""
    person = contact.person
    await conversations.append(
        tx,
        conversation["id"],
        1,
        "citizen",
        now,
        body=said,
        content={
            "contact": {
                "name": person.name,
                "phone": person.phone,
                "email": person.email,
                "outcome": outcome_of(decided).value,
                "agent": str(agent.id),
                "noted_by": agent.name,
            },
            **({"album": photos} if photos else {}),
        },
        answered_by=uuid4(),
    )
    await conversations.change(tx, conversation["id"], last_seq=1, updated_at=now)
    await conversations.notify(tx, conversations.EVENTS, str(conversation["id"]))


def _speaker(conversation: RowMapping) -> Speaker:
    return Speaker(conversation["id"], conversation["citizen_id"], conversation["channel"])


async def _file(
    tx: Transaction,
    agent: Agent,
    conversation: RowMapping,
    contact: Contact,
    decided: ToFile,
    desk: Desk,
    now: datetime,
) -> None:
    service, team, to = decided.service, decided.team, contact.person.email
    letter = None
    if desk.mailer is not None and to is not None:
        letter = FilingLetter(
            desk.mailer,
            to,
            contact.language,
            service,
            team,
            decided.town,
            decided.draft.address,
            decided.draft.commune,
        )
    filing = FileRequest(decided.draft, service.target_delay_days, letter)
    filed = await filing.perform(tx, _speaker(conversation), now)
    lines = filed_lines(filed.reference, service, team, now)
    if letter is not None:
        lines.append(say("mail.announced", address=masked(letter.to)))
    lines.append(say("contact.keep_reference"))
    await _sign(tx, agent, conversation, filed.reference, now)
    await _tell(tx, conversation, lines, filed.reference, desk, now)


async def _join(
    tx: Transaction,
    agent: Agent,
    conversation: RowMapping,
    decided: ToJoin,
    desk: Desk,
    now: datetime,
) -> None:
    following = FollowRequest(decided.reference, decided.draft)
    await following.perform(tx, _speaker(conversation), now)
    await _sign(tx, agent, conversation, decided.reference, now)
    lines = [say("contact.joined", reference=decided.reference), say("contact.keep_reference")]
    await _tell(tx, conversation, lines, decided.reference, desk, now)


async def _sign(
    tx: Transaction, agent: Agent, conversation: RowMapping, reference: str, now: datetime
) -> None:
    """In the request's history, and in the audit log: who wrote it down, and how it came."""
    await life_store.record(
        tx,
        reference,
        EventKind.RECORDED,
        Actor.AGENT,
        now,
        data={
            "agent": str(agent.id),
            "name": agent.name,
            "channel": conversation["channel"],
        },
    )
    await _log(tx, agent, conversation, reference, now)


async def _log(
    tx: Transaction, agent: Agent, conversation: RowMapping, subject: str, now: datetime
) -> None:
    town = conversation["commune"]
    await audit.record(tx, agent.actor, Action.CONTACT_RECORDED, subject, now, commune=town)


async def _tell(
    tx: Transaction,
    conversation: RowMapping,
    lines: Sequence[Line],
    reference: str,
    desk: Desk,
    now: datetime,
) -> None:
    """What the agent says aloud is kept as said; nothing more is expected here."""
    told = Reply(tuple(lines), reference=reference)
    await tell_in(tx, conversation, [told], desk.words, now)
    current = await conversations.by_id(tx, conversation["id"])
    await conversations.change_owner(tx, current, Deed.RECORD, now)


async def _open(
    tx: Transaction,
    agent: Agent,
    conversation: RowMapping,
    contact: Contact,
    team: Team,
    subject: Subject,
    now: datetime,
    *,
    finds_agent: bool,
) -> str:
    asked = Asked(subject, contact.words.strip(), contact.commune, team, Reason.RECORDED)
    opened = await escalate(tx, conversation, asked, now, finds_agent=finds_agent)
    person = contact.person
    reach = Reach.UNDECIDED
    if person.reached_at is not None:
        reach = Reach.EMAIL if person.email is not None else Reach.CALL
    await tickets.change(tx, opened.reference, reach=reach.value, contact=person.reached_at)
    noted = {"channel": contact.channel.value}
    await tickets.record(
        tx,
        opened.reference,
        TicketEvent.RECORDED,
        now,
        agent_id=agent.id,
        author=agent.name,
        data=noted,
    )
    return opened.reference


async def _pass_on(
    tx: Transaction,
    agent: Agent,
    conversation: RowMapping,
    contact: Contact,
    decided: ToPass,
    now: datetime,
) -> None:
    team, subject = decided.team, decided.subject
    await _open(tx, agent, conversation, contact, team, subject, now, finds_agent=True)


async def _answer(
    tx: Transaction,
    agent: Agent,
    conversation: RowMapping,
    contact: Contact,
    decided: Answered,
    desk: Desk,
    now: datetime,
) -> None:
    """A ticket that is opened and closed at once: counted and found like any other. Nobody waited
    for it, so it says nothing of how long one waits."""
    text = checked_words("told", decided.text)
    team = decided.team
    reference = await _open(
        tx, agent, conversation, contact, team, Subject.QUESTION, now, finds_agent=False
    )
    names = {"team": team.code, "team_fr": team.label.fr, "team_en": team.label.en}
    current = await conversations.by_id(tx, conversation["id"])
    by_agent = ByAgent(text, agent.name, names, "agent:contact", current["last_seq"])
    await say_for_agent(tx, current, by_agent, desk.words, now)
    await tickets.record(
        tx, reference, TicketEvent.CLOSED, now, agent_id=agent.id, author=agent.name
    )
    await tickets.change(
        tx,
        reference,
        status=Status.CLOSED.value,
        closed_at=now,
        assignee=agent.id,
        assignee_name=agent.name,
    )
    current = await conversations.by_id(tx, conversation["id"])
    await conversations.change_owner(tx, current, Deed.CLOSE, now)
    await conversations.change(tx, conversation["id"], read_by_agent=current["last_seq"])
