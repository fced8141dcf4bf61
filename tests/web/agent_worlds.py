"""Towns made alike, with one of everything that agents hold: what belongs to one must be nowhere in
what another's agents are told, and must stand as it was whatever they try."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from bot.accounts import session_store
from bot.accounts.rules import Agent, Role
from bot.contacts.decisions import Contact, NoteOnly
from bot.contacts.operations import Desk, record
from bot.contacts.rules import Channel, Person
from bot.handover import redacting
from bot.parts import Service
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.storage.tables import Base
from bot.storage.transaction import Database
from bot.tickets import drafts, redactions
from bot.tickets import store as tickets
from tests.handover.builders import a_word
from tests.turn.scripted import WORDS, now
from tests.web.agent_town import HIDDEN, TOPIC, Town

NOBODY_S = frozenset({"article", "article_text", "article_question", "commune_outline"})
"""Tables in which nothing is of a town's citizens or agents."""


@dataclass(frozen=True)
class World:
    """A town with one of everything, by the ids that doors take. `mark` stands in every text of
    it. `colleague` holds what is somebody else's there."""

    commune: str
    mark: str
    colleague: Agent
    reference: str
    seq: int
    note: str
    redaction: UUID
    photo: UUID
    attachment: UUID
    alike: str
    lead: str
    merged: str
    closed: str
    request: str
    held: UUID
    talk: UUID
    contact: UUID
    filter: UUID
    private: UUID
    answer: int
    macro: int
    text: int
    automation: UUID
    absence: UUID
    handle: str
    candidate: int
    ids: tuple[str, ...]

    @property
    def references(self) -> tuple[str, ...]:
        return (self.reference, self.alike, self.lead, self.merged, self.closed, self.request)


async def a_world(service: Service, commune: str, *, is_listed: bool = False) -> World:
    """`is_listed`: it has what lists show first, which many worlds would push out of them."""
    return await _built(Town(service, commune, a_word()), is_listed=is_listed)


async def with_another(service: Service, world: World, what: str) -> World:
    """The same with a new one of what a request uses up."""
    return replace(world, **await _made_anew(Town(service, world.commune, world.mark), what))


async def _built(town: Town, *, is_listed: bool) -> World:
    database, mark, commune = town.database, town.mark, town.commune
    colleague = await town.agent("Camille")
    admin = await town.agent("Odile", Role.COMMUNE_ADMINISTRATOR)
    speaker = await town.talk(f"un trou dans la chaussée près de la {TOPIC}", HIDDEN)
    reference = await town.ticket(speaker)
    photo = await town.sends_photo(speaker)
    attachment = await town.sends_file(speaker)
    note, alike = await town.noted(colleague, reference), await town.another()
    lead, merged = await town.joined(colleague)
    closed = await town.ended(colleague)
    await town.fills_form(speaker)
    held = await town.talk(f"bonjour, la {TOPIC}")
    async with database.transaction() as tx:
        hidden = redacting.Target(2, None, (HIDDEN,))
        await redacting.redact(tx, colleague, reference, hidden, f"r-{note}", now())
        (kept,) = await redactions.of_conversations(tx, [speaker.conversation_id])
        filing = FileRequest(
            Draft(service="pothole", commune=commune, description=f"un nid-de-poule {mark}")
        )
        request = (await filing.perform(tx, speaker, now())).reference
        await drafts.keep(tx, colleague.id, reference, "reply", f"brouillon {mark}", now())
        await tickets.change(tx, reference, contact=f"{mark}@example.fr")
        caller = Contact(
            uuid4().hex, Channel.PHONE, commune, Person(f"Mme {mark}"), f"quand {mark} ?"
        )
        contact = await record(tx, colleague, caller, NoteOnly(), Desk(WORDS), now())
        token = await session_store.open_session(tx, colleague.id, f"Navigateur {mark}", now())
        (session,) = await session_store.sessions_of(tx, colleague.id, now())
    assert token
    absence, candidate = await town.is_absent(colleague), await town.explained(colleague, held)
    shared = await town.keeps_filter(colleague, "accueil", "00" if is_listed else "99")
    private = await town.keeps_filter(colleague, None, "99")
    answer, macro = await town.canned(admin)
    written = await town.text(admin)
    automation = await town.automation(admin)
    if is_listed:
        await town.listed(colleague, held.conversation_id)
    return World(
        commune=commune,
        mark=mark,
        colleague=colleague,
        reference=reference,
        seq=1,
        note=note,
        redaction=kept["id"],
        photo=photo,
        attachment=attachment,
        alike=alike,
        lead=lead,
        merged=merged,
        closed=closed,
        request=request,
        held=held.conversation_id,
        talk=speaker.conversation_id,
        contact=contact,
        filter=shared,
        private=private,
        answer=answer,
        macro=macro,
        text=written,
        automation=automation,
        absence=absence,
        handle=session.handle,
        candidate=candidate,
        ids=tuple(
            map(
                str,
                (
                    *(mark, reference, alike, lead, merged, closed, request),
                    *(colleague.id, admin.id, shared, private, automation, contact),
                    *(speaker.conversation_id, speaker.citizen_id),
                    *(held.conversation_id, held.citizen_id, photo, attachment),
                ),
            )
        ),
    )


async def _made_anew(town: Town, what: str) -> dict[str, Any]:
    """By the names of a world's parts."""
    match what:
        case "colleague":
            return {"colleague": await town.agent("Camille")}
        case "ticket":
            return {"reference": await town.another(), "alike": await town.another()}
        case "form":
            speaker = await town.talk(f"un trou près de la {TOPIC}")
            await town.fills_form(speaker)
            return {"reference": await town.ticket(speaker)}
        case "note":
            reference = await town.another()
            colleague = await town.agent("Camille")
            return {"reference": reference, "note": await town.noted(colleague, reference)}
        case "closed":
            return {"closed": await town.ended(await town.agent("Camille"))}
        case "merged":
            lead, merged = await town.joined(await town.agent("Camille"))
            return {"lead": lead, "merged": merged}
        case "held":
            return {"held": (await town.talk(f"bonjour, la {TOPIC}")).conversation_id}
        case "filter":
            colleague = await town.agent("Camille")
            return {"filter": await town.keeps_filter(colleague, "accueil", "99")}
        case "absence":
            colleague = await town.agent("Camille")
            return {"colleague": colleague, "absence": await town.is_absent(colleague)}
        case "candidate":
            held = await town.talk(f"bonjour, la {TOPIC}")
            return {"candidate": await town.explained(await town.agent("Camille"), held)}
        case "canned":
            admin = await town.agent("Odile", Role.COMMUNE_ADMINISTRATOR)
            answer, macro = await town.canned(admin)
            return {"answer": answer, "macro": macro, "text": await town.text(admin)}
        case _:
            raise AssertionError(f"a world has no {what}")


async def as_it_stands(database: Database, world: World) -> list[tuple[str, str]]:
    """Every row that names something of a world, in every table; not that somebody searched for
    it, which says nothing of whether it was found."""
    names = sorted(set(Base.metadata.tables) - NOBODY_S)
    query = " UNION ALL ".join(
        f"SELECT '{name}', x::text FROM {name} x WHERE x::text ~ :ids"
        + (" AND x.action <> 'search.made'" if name == "audit_entry" else "")
        for name in names
    )
    async with database.transaction() as tx:
        found = await tx.execute(text(query), {"ids": "|".join(world.ids)})
        return sorted((name, row) for name, row in found)
