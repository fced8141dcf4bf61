"""A turn in memory: what came in, what is known, what is to be said and done.

Actions work on this and on nothing else. They read through the ports, add replies, and note
operations; nothing they do is seen by anybody before the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from bot.conversations.memory import Awaiting, Memory
from bot.conversations.rules import WORDED
from bot.errors import DomainError
from bot.service_requests.draft import Draft
from bot.storage.transaction import Transaction
from bot.words.phrases import Bilingual, Button, Line, Outcome, Reply, ShownPhoto, Source


@dataclass(frozen=True)
class Incoming:
    """One message of the citizen, as the channel stored it."""

    seq: int
    kind: str  # rules.KINDS
    text: str
    content: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class Speaker:
    """The conversation's constants for the length of a turn."""

    conversation_id: UUID
    citizen_id: UUID
    channel: str


class Operation(Protocol):
    """Something noted by an action and performed by the turn's commit, in its transaction."""

    async def perform(self, tx: Transaction, speaker: Speaker, now: datetime) -> Any:
        """Do it. Raises a `DomainError`, upon which the turn reruns with it."""
        ...


@dataclass
class Turn:
    """Everything an action may see or change."""

    attempt: UUID
    speaker: Speaker
    language: str
    commune: str | None
    introduced: bool
    incoming: tuple[Incoming, ...]
    draft: Draft | None
    now: datetime
    error: DomainError | None = None
    replies: list[Reply] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    message_read: bool = False  # the form has had its look at this message
    memory: Memory = field(default_factory=Memory)
    awaiting: Awaiting | None = None  # what these words may answer
    expecting: Awaiting | None = None  # what the next ones may
    taken: bool = False  # they did: nothing else reads them
    lets_go: bool = False  # what was awaited for longer than a turn no longer is
    in_form: bool | None = None  # the form was active when the turn began; None: not known yet
    alarmed: bool = False  # the emergency numbers were said in this turn
    cautioned: bool = False  # they were, in one line, before another answer
    angered: bool = False  # the citizen is angry, and was answered as such
    doubted: bool = False  # this turn ends in doubt, whatever it was about
    owned_up: bool = False  # it was said what of the message cannot be read
    pointed: str | None = None  # the request whose telling these words reply to

    @property
    def text(self) -> str:
        """All that was written, one message a line."""
        return "\n".join(m.text for m in self.incoming if m.kind in WORDED and m.text)

    @property
    def press(self) -> Mapping[str, Any]:
        """The values of the button pressed, or nothing."""
        pressed = next((m for m in self.incoming if m.kind == "press"), None)
        return dict(pressed.content.get("press", {}).get("values", {})) if pressed else {}

    @property
    def is_unreadable(self) -> bool:
        """Whether there is nothing in it that the assistant can take in."""
        return not self.text and all(m.kind in ("file", "other") for m in self.incoming)

    @property
    def unsure_in_a_row(self) -> int:
        """Turns that ended in doubt one after the other, this one included."""
        return self.memory.after(doubted=self.doubted).unsure

    @property
    def corrects(self) -> int | None:
        """The number of the answered message that this turn is a newer version of."""
        edited = [m.content["edits"] for m in self.incoming if "edits" in m.content]
        return int(edited[-1]) if edited else None

    @property
    def only_message(self) -> int:
        """The number of the one message of this turn, of a corrected one its first; 0 when there
        are several."""
        return self.corrects or (self.incoming[0].seq if len(self.incoming) == 1 else 0)

    def of_kind(self, kind: str) -> tuple[Incoming, ...]:
        return tuple(m for m in self.incoming if m.kind == kind)

    def say(
        self,
        *lines: Line | Bilingual,
        buttons: tuple[Button, ...] = (),
        expects: str | None = None,
        reference: Outcome | str | None = None,
        photos: tuple[ShownPhoto, ...] = (),
        point: tuple[float, float] | None = None,
        sources: tuple[Source, ...] = (),
    ) -> None:
        """Add a bubble. Its lines are put under one another."""
        self.replies.append(
            Reply(
                lines=lines,
                buttons=buttons,
                expects=expects,
                reference=reference,
                photos=photos,
                point=point,
                sources=sources,
            )
        )

    def note(self, operation: Operation) -> int:
        """Note an operation for the commit; its number serves in an `Outcome`."""
        self.operations.append(operation)
        return len(self.operations) - 1
