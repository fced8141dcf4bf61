"""What agents say: replies, notes between themselves, the end, and what begins again.

An agent's first reply takes the conversation over: from that commit on the assistant says nothing
more in it (`conversations.commit` asks again before it writes). Each function works in its caller's
transaction; a repeated `external_id` changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action, Actor
from bot.conversations import store as conversations
from bot.conversations.commit import ByAgent, say_for_agent, tell_in
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.ownership import Deed
from bot.conversations.rules import Owner
from bot.errors import Conflict, Unseen
from bot.handover import elsewhere, letters, mentioning, outcomes, store
from bot.handover.counter import Counter, who
from bot.handover.rules import Author, agent_id, check_free, checked_text, hands_of, is_theirs
from bot.handover.store import Held
from bot.storage.transaction import Transaction
from bot.tickets import mentions as note_mentions
from bot.tickets import store as tickets
from bot.tickets.due import due_columns
from bot.tickets.rules import EventKind, Reach, Status
from bot.words.phrases import Line, Reply, ShownPhoto, say


async def reply(  # noqa: PLR0913  (an answer has that many parts)
    tx: Transaction,
    author: Author,
    reference: str,
    text: str,
    external_id: str,
    counter: Counter,
    now: datetime,
    *,
    seen_through: int | None = None,
    photos: Sequence[ShownPhoto] = (),
) -> int:
    """Answer the citizen; the first answer takes the conversation over. Returns the number of the
    message. `seen_through`: the last message that the agent had on screen, all without it.

    Raises `NotFound`, `Invalid` for no text, `Conflict` when the ticket is closed, and `Taken` when
    another agent has it: nothing is said then.
    """
    said = checked_text(text)
    key = f"agent:{external_id}"
    seen = await store.check_visible(tx, author, reference)
    known = await store.known_reply(tx, seen["conversation_id"], key)
    if known is not None:
        return known
    held = await store.hold(tx, author, reference)
    known = await store.known_reply(tx, seen["conversation_id"], key)  # another try got the lock
    if known is not None:
        return known
    held = await take_over(tx, author, held, counter, now, external_id=key)
    through = held.conversation["last_seq"] if seen_through is None else seen_through
    team = counter.team_names(held.ticket["team"])
    by_agent = ByAgent(said, author.name, team, key, through, photos)
    seq = await say_for_agent(tx, held.conversation, by_agent, counter.words, now)
    commune, actor = held.ticket["commune"], Actor(agent_id(author), author.name)
    await audit.record(tx, actor, Action.TICKET_REPLIED, reference, now, commune=commune)
    await outcomes.relay(tx, held.ticket, author.name, said, counter, now)
    first = held.ticket["first_reply_at"] or now
    left = await conversations.by_id(tx, held.conversation["id"])
    await tickets.change(
        tx,
        reference,
        first_reply_at=first,
        last_reply_at=now,
        escalated_at=None,
        snoozed_until=None,
        woke_at=None,
        **due_columns(counter.team(held.ticket["team"]), left["waiting_since"]),
    )
    if held.ticket["reach"] == Reach.EMAIL.value:
        await letters.post_reply(tx, held, said, f"reply:{reference}:{seq}", counter, now)
    # What they said moves the ticket to no other list; whoever took it over is announced above.
    await tickets.announce(tx, str(held.conversation["id"]))
    return seq


async def take_over(
    tx: Transaction,
    author: Author,
    held: Held,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> Held:
    """Make the ticket theirs, and tell the citizen when somebody new answers. Raises `Taken`."""
    ticket, conversation = held.ticket, held.conversation
    check_free(author, held.hands)
    is_joining = conversation["owner"] != Owner.AGENT.value or not is_theirs(author, held.hands)
    if not is_joining:
        return held
    await conversations.change_owner(tx, conversation, Deed.ANSWER, now)
    await store.put_into(tx, ticket["reference"], hands_of(author))
    await record(tx, author, held, EventKind.TAKEN, now, external_id=external_id)
    conversation = await conversations.by_id(tx, conversation["id"])
    joined = Reply((say("agent.joined", **who(author.name, counter.team(ticket["team"]))),))
    await tell_in(tx, conversation, [joined], counter.words, now, awaiting=None)
    return Held(
        await conversations.by_id(tx, conversation["id"]),
        await tickets.by_reference(tx, ticket["reference"]),
    )


async def note(
    tx: Transaction,
    author: Author,
    reference: str,
    text: str,
    external_id: str,
    now: datetime,
    *,
    data: Mapping[str, Any] | None = None,
    mentions: Collection[UUID] = (),
) -> None:
    """Write between agents; the citizen never sees it. A closed ticket takes notes as well.
    `data`: what goes with the words (`attaching.Kept`); `mentions`: the agents whose attention it
    asks for by name. Raises `NotFound`, and `Invalid` for no text or for a colleague who may not
    read the ticket."""
    words = checked_text(text)
    ticket = await store.check_visible(tx, author, reference)
    called = await mentioning.checked(tx, author, ticket, words, mentions)
    key = f"note:{external_id}"
    is_new = await tickets.record(
        tx,
        reference,
        EventKind.NOTE,
        now,
        agent_id=agent_id(author),
        author=author.name,
        words=words,
        data=data,
        external_id=key,
    )
    if is_new:
        await note_mentions.add(tx, reference, key, called, now)


async def close(
    tx: Transaction,
    author: Author,
    reference: str,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
    seen_through: int | None = None,
    sentence: Line | None = None,
) -> None:
    """End the ticket and ask the citizen whether it is settled. What nobody answered is answered
    by that. `seen_through`: the last message that the agent had on screen, all without it.
    `sentence`: what is said in place of who ended it.
    Raises as `reply` does, and `Unseen` when the citizen has written since."""
    held = await store.hold_once(tx, author, reference, external_id)
    if held is None:
        return
    check_free(author, held.hands)
    await check_seen(tx, held, seen_through)
    waiting = await conversations.unanswered(tx, held.conversation["id"])
    data = {  # what `unclosing` brings back
        "owner": held.conversation["owner"],
        "last_seq": held.conversation["last_seq"],
        "waiting": [message.seq for message in waiting],
    }
    await record(tx, author, held, EventKind.CLOSED, now, data=data, external_id=external_id)
    await tickets.change(tx, reference, status=Status.CLOSED.value, closed_at=now)
    await conversations.change_owner(tx, held.conversation, Deed.CLOSE, now)
    told = Reply(
        (
            sentence
            or say(
                "ticket.closed",
                reference=reference,
                **who(author.name, counter.team(held.ticket["team"])),
            ),
            say("ticket.served"),
        ),
        buttons=outcomes.served_buttons(reference),
        expects="choice",
        reference=reference,
    )
    awaiting = Awaiting(AwaitingKind.SERVED, reference).to_json()
    await settle(tx, held, [told], counter, now, awaiting=awaiting)
    await outcomes.tell(tx, reference, author.name, counter, now)
    await outcomes.relay(tx, held.ticket, author.name, None, counter, now)
    if held.ticket["reach"] == Reach.EMAIL.value:
        await letters.post_closing(tx, held, counter, now)


async def reopen(
    tx: Transaction,
    author: Author,
    reference: str,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """An agent goes on with a closed ticket: it is theirs from then on. Raises `Conflict` when the
    conversation has another open one, `GoesOn` when it is another town's since."""
    held = await store.hold_once(tx, author, reference, external_id, Status.CLOSED)
    if held is None:
        return
    if await tickets.open_in(tx, held.conversation["id"]) is not None:
        raise Conflict("the conversation has another open ticket")
    await elsewhere.check_goes_on_here(tx, author, held)
    await record(tx, author, held, EventKind.REOPENED, now, external_id=external_id)
    await tickets.change(
        tx,
        reference,
        status=Status.OPEN.value,
        closed_at=None,
        merged_into=None,
        merged_tells=None,
        queued_since=now,
        escalated_at=None,
        warned_at=None,
        snoozed_until=None,
        woke_at=None,
        **due_columns(counter.team(held.ticket["team"]), now),
    )
    if isinstance(author, Agent) or author.id:  # elsewhere the backend says whose it is there
        await store.put_into(tx, reference, hands_of(author))
    await conversations.change_owner(tx, held.conversation, Deed.ASK, now)
    told = Reply((say("ticket.reopened_by", reference=reference, name=author.name),))
    conversation = await conversations.by_id(tx, held.conversation["id"])
    await tell_in(tx, conversation, [told], counter.words, now, awaiting=None)


async def check_seen(tx: Transaction, held: Held, seen_through: int | None) -> None:
    """Raises `Unseen` when the citizen waits for an answer to what was not on the agent's
    screen."""
    if seen_through is None:
        return
    if await store.waits_beyond(tx, held.conversation["id"], seen_through):
        raise Unseen("the citizen has written meanwhile")


async def settle(
    tx: Transaction,
    held: Held,
    told: Sequence[Reply],
    counter: Counter,
    now: datetime,
    **changes: Any,
) -> None:
    """Whatever the citizen wrote is dealt with; say what follows."""
    conversation = held.conversation
    await conversations.mark_answered(tx, conversation["id"], conversation["last_seq"], uuid4())
    await tell_in(tx, conversation, told, counter.words, now, due_at=now, **changes)


async def record(
    tx: Transaction,
    author: Author,
    held: Held,
    kind: EventKind,
    now: datetime,
    **parts: Any,
) -> None:
    """Add a deed of an agent's to the history."""
    await tickets.record(
        tx,
        held.ticket["reference"],
        kind,
        now,
        agent_id=agent_id(author),
        author=author.name,
        **parts,
    )
