"""From the website to Telegram: the link, the chat's proof, the page's, and the joining.

The chat proves by a number that it sees the page; the page proves by a press that it knows the
chat. Until then neither reads a word of the other. Every function works in its caller's
transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.accounts.tokens import hash_of
from bot.continuing import rules, store
from bot.continuing.aside import Deed, Speech, say_aside, stop_deeds
from bot.continuing.merging import merge
from bot.continuing.resuming import resume
from bot.continuing.rules import TELEGRAM, WEB, Step, Way, Why
from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.errors import Conflict
from bot.services.working_days import PARIS
from bot.storage.transaction import Transaction
from bot.words.phrases import Line, Reply, say


@dataclass(frozen=True)
class NewLink:
    """`token` is shown once and never stored; `code` is for the page only."""

    token: str
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Standing:
    """How far a page's way to Telegram is. `step`: of its last link, or `none`, `expired`,
    `from_telegram`; `name`: whose chat; `why`: of a void one."""

    step: str
    name: str | None = None
    code: str | None = None
    why: str | None = None


NOTHING = Standing("none")


async def make_link(tx: Transaction, citizen: UUID, now: datetime) -> NewLink:
    """A link for the conversation of a web session; the former one is void. Raises `Conflict` when
    it has not begun, or goes on elsewhere already."""
    conversation = await conversations.conversation_at(tx, WEB, str(citizen))
    if conversation is None:
        raise Conflict("nothing was said yet")
    if conversation["channel"] != WEB or conversation["continued_channel"] is not None:
        raise Conflict("it goes on elsewhere already")
    token = secrets.token_urlsafe(rules.TOKEN_BYTES)
    code, *others = rules.new_codes(secrets.randbelow)
    codes = [code, *others]
    secrets.SystemRandom().shuffle(codes)
    expires_at = now + rules.LASTS
    await store.add(
        tx,
        token_hash=hash_of(token),
        way=Way.TO_TELEGRAM.value,
        citizen_id=citizen,
        conversation_id=conversation["id"],
        code=code,
        codes=codes,
        made_at=now,
        expires_at=expires_at,
    )
    return NewLink(token, code, expires_at)


async def standing(tx: Transaction, citizen: UUID, now: datetime) -> Standing:
    """What the page shows of it."""
    conversation = await conversations.conversation_at(tx, WEB, str(citizen))
    if conversation is None:
        return NOTHING
    if conversation["channel"] == TELEGRAM:
        return Standing("from_telegram")
    if conversation["continued_channel"] == TELEGRAM:
        return Standing(Step.JOINED.value, await store.name_in(tx, conversation["id"]))
    link = await store.newest(tx, citizen, Way.TO_TELEGRAM)
    if link is None:
        return NOTHING
    match Step(link["step"]):
        case Step.VOID if link["why"] not in {Why.REPLACED.value, Why.STOPPED.value}:
            return Standing(Step.VOID.value, why=link["why"])
        case Step.VOID | Step.JOINED:
            return NOTHING
        case step if link["expires_at"] <= now:
            return Standing("expired")
        case step:
            name = link["name"] if step is Step.MATCHED else None
            return Standing(step.value, name, link["code"])


async def open_in_chat(
    tx: Transaction,
    chat: RowMapping,
    chat_id: int,
    name: str,
    token: str,
    speech: Speech,
    now: datetime,
) -> None:
    """A chat comes with a link: it is asked for the number on the page. `chat`: the conversation
    in which that chat is now, locked. The same chat may come again and is asked again."""

    async def tell(*lines: Line, deeds: tuple[Deed, ...] = ()) -> None:
        await say_aside(tx, chat["id"], lines, speech, now, deeds=deeds)

    link = await store.lock(tx, hash_of(token), Way.TO_TELEGRAM)
    if link is None or rules.is_over(Step(link["step"]), link["expires_at"], now):
        await tell(say("continuing.link_over"))
        return
    if chat["id"] == link["conversation_id"]:
        await tell(say("continuing.already"))
        return
    if link["address"] not in {None, str(chat_id)}:
        await _void(tx, link, Why.TWO_CHATS)
        await tell(say("continuing.two_chats"))
        return
    if chat["continued_channel"] == TELEGRAM:
        await tell(say("continuing.busy"), deeds=stop_deeds())
        return
    is_other = chat["citizen_id"] != link["citizen_id"]
    if is_other and await store.has_open_ticket(tx, chat["citizen_id"]):
        await tell(say("continuing.ticket_open"))
        return
    if Step(link["step"]) is Step.OFFERED:
        await store.change(
            tx,
            link["token_hash"],
            step=Step.OPENED.value,
            address=str(chat_id),
            name=name,
        )
    elif Step(link["step"]) is Step.MATCHED:
        await tell(say("continuing.confirm_on_page"))
        return
    conversation = await conversations.by_id(tx, link["conversation_id"])
    count = await store.count_requests(tx, chat["citizen_id"]) if is_other else 0
    shown_too = [say("continuing.shown_too", n=count)] if count else []
    key = link["token_hash"]
    choices = [Deed(code, {"does": "choose", "link": key, "code": code}) for code in link["codes"]]
    nobody = Deed(say("continuing.not_me"), {"does": "choose", "link": key, "code": None})
    await tell(
        _question(conversation, speech),
        say("continuing.only_if_you"),
        *shown_too,
        say("continuing.which_code"),
        deeds=(*choices, nobody),
    )


def _question(conversation: RowMapping, speech: Speech) -> Line:
    """Which conversation it is, as far as who has the link may know."""
    began = conversation["created_at"].astimezone(PARIS)
    at = began.strftime("%H:%M" if conversation["language"] == "en" else "%H h %M")
    if conversation["commune"] is None:
        return say("continuing.asked", at=at)
    town = speech.gazetteer.by_insee(conversation["commune"]).name
    return say("continuing.asked_town", at=at, town=town)


async def choose(
    tx: Transaction,
    chat: RowMapping,
    chat_id: int,
    key: str,
    code: str | None,
    speech: Speech,
    now: datetime,
) -> None:
    """The chat has chosen a number, or that it asked for nothing (None). Any but the right one
    ends the link: there is no second guess."""
    link = await store.lock(tx, key, Way.TO_TELEGRAM)
    if link is None or link["address"] != str(chat_id):
        return
    step = Step(link["step"])
    if rules.is_over(step, link["expires_at"], now):
        line = "continuing.link_over"
    elif step is Step.MATCHED and code is not None:
        line = "continuing.confirm_on_page"
    elif code is None:
        await _void(tx, link, Why.DENIED)
        line = "continuing.denied"
    elif secrets.compare_digest(code, link["code"]):
        await store.change(tx, key, step=Step.MATCHED.value)
        line = "continuing.confirm_on_page"
    else:
        await _void(tx, link, Why.WRONG_CODE)
        line = "continuing.wrong_code"
    await say_aside(tx, chat["id"], [say(line)], speech, now)


async def answer(
    tx: Transaction, citizen: UUID, speech: Speech, now: datetime, *, is_me: bool
) -> None:
    """The page says whether the chat that knew the number is theirs; if so they are joined. Raises
    `Conflict` when no chat waits for that, or it cannot be joined any more."""
    found = await store.newest(tx, citizen, Way.TO_TELEGRAM)
    if found is None or found["address"] is None:
        raise Conflict("no chat asks")
    conversation = await conversations.locked(tx, found["conversation_id"])
    chat = await conversations.conversation_at(tx, TELEGRAM, found["address"])
    if chat is None:
        raise Conflict("no chat asks")
    chat = await conversations.locked(tx, chat["id"])
    link = await store.lock(tx, found["token_hash"], Way.TO_TELEGRAM)
    if link is None or Step(link["step"]) is not Step.MATCHED or link["expires_at"] <= now:
        raise Conflict("no chat asks")
    if not is_me:
        await _void(tx, link, Why.DENIED)
        await say_aside(tx, chat["id"], [say("continuing.denied_on_page")], speech, now)
        return
    if conversation["continued_channel"] is not None or chat["continued_channel"] == TELEGRAM:
        raise Conflict("one of them goes on elsewhere")
    await _join(tx, conversation, chat, link, speech, now)


async def _join(
    tx: Transaction,
    conversation: RowMapping,
    chat: RowMapping,
    link: RowMapping,
    speech: Speech,
    now: datetime,
) -> None:
    """From now on the chat is in the website's conversation, and its citizen is the page's.

    The chat's own conversation stays as it is for when they part. A turn that is being answered
    there begins again: it would act for a citizen who is no more.
    """
    if chat["citizen_id"] != conversation["citizen_id"]:
        if await store.has_open_ticket(tx, chat["citizen_id"]):
            raise Conflict("the chat has an open ticket")
        await conversations.change(
            tx,
            chat["id"],
            lease_attempt=None,
            lease_until=None,
            continued_channel=None,
            continued_address=None,
        )
        await merge(tx, chat["citizen_id"], conversation["citizen_id"])
    await store.move_news(tx, chat["id"], conversation["id"])
    await conversations.change(
        tx, conversation["id"], continued_channel=TELEGRAM, continued_address=link["address"]
    )
    await store.change(tx, link["token_hash"], step=Step.JOINED.value)
    current = await conversations.by_id(tx, conversation["id"])
    joined = Reply((say("continuing.joined", name=link["name"]),))
    await tell_in(tx, current, [joined], speech.words, now)
    await resume(tx, conversation, speech, now)
    await conversations.notify(tx, conversations.INBOX, str(chat["id"]))


async def _void(tx: Transaction, link: RowMapping, why: Why) -> None:
    await store.change(tx, link["token_hash"], step=Step.VOID.value, why=why.value)
