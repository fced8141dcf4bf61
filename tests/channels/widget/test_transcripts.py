"""A citizen takes their conversation away: as a file, or by e-mail to any address."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from bot.conversations import store
from bot.errors import Unavailable
from bot.mail import operations
from bot.mail.tables import Letter
from bot.mail.transcripts import MOST_AN_HOUR
from bot.parts import Service
from bot.storage.transaction import Database
from bot.web.rate import TooMany
from bot.web.widget import around, transcript
from bot.web.widget.transcript import without_links
from tests.channels.widget.client import Client, Refused
from tests.channels.widget.conftest import Pages
from tests.channels.widget.speaking import other_end
from tests.mail.builders import MAILER, an_envelope, no_letters, some_content
from tests.turn.scripted import now

TO = "ada@citoyenne.example"


@pytest.fixture(autouse=True)
async def _mail(database: Database, assembled: Service) -> None:
    await no_letters(database)
    assembled.mailer = MAILER


async def mail(page: Client, to: str = TO) -> None:
    await page.ask("POST", "transcript", json={"email": to})


async def refused_to(page: Client, to: str = TO) -> tuple[int, str | None, str | None]:
    with pytest.raises(Refused) as refused:
        await mail(page, to)
    return refused.value.status, refused.value.error, refused.value.reason


async def letters(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return [str(text) for text in await tx.scalars(select(Letter.text))]


async def test_a_transcript_says_who_said_what(pages: Pages, database: Database) -> None:
    page = await pages()
    other = await other_end(database, page, "Il y a un trou")
    await other.tells("C’est noté.")
    text = await page.ask("GET", "transcript")
    assert "Vous\nIl y a un trou" in text
    assert "Guichet\nC’est noté." in text


async def test_a_transcript_is_asked_for_three_times_a_day(
    pages: Pages, database: Database
) -> None:
    page = await pages()
    await other_end(database, page, "Il y a un trou")
    for n in range(3):
        await mail(page, f"{n}{TO}")
    assert await refused_to(page) == (429, "too_many", None)
    texts = await letters(database)
    assert len(texts) == 3
    assert "Il y a un trou" in texts[0]


async def test_an_address_gets_two_a_day_whoever_asks(pages: Pages, database: Database) -> None:
    for to in (TO, "Ada+other@Citoyenne.example"):
        page = await pages()
        await other_end(database, page)
        await mail(page, to)
    page = await pages()
    await other_end(database, page)
    assert await refused_to(page) == (429, "too_many", None)


async def test_transcripts_keep_nobodys_news_from_them(
    pages: Pages, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.mail.rules.MOST_A_DAY", 2)
    for _ in range(2):
        page = await pages()
        await other_end(database, page)
        await mail(page)
    async with database.transaction() as tx:
        assert await operations.post(
            tx, MAILER, an_envelope(to=TO), some_content(), key=uuid4().hex, now=now()
        )


async def test_whoever_opens_sessions_mails_no_more_for_it(
    pages: Pages, database: Database
) -> None:
    for n in range(around.LETTERS_AN_HOUR):
        page = await pages()
        await other_end(database, page)
        await mail(page, f"{n}{TO}")
    page = await pages()
    await other_end(database, page)
    assert await refused_to(page) == (429, "too_many", None)


async def test_the_service_sends_so_many_an_hour(
    pages: Pages, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_AN_HOUR == 200
    monkeypatch.setattr("bot.mail.transcripts.MOST_AN_HOUR", 1)
    first, second = await pages(), await pages()
    await other_end(database, first)
    await other_end(database, second)
    await mail(first)
    assert await refused_to(second, "bob@citoyenne.example") == (429, "too_many", None)


async def test_nothing_is_sent_of_nothing(pages: Pages, database: Database) -> None:
    page = await pages()
    assert await refused_to(page) == (409, "conflict", "nothing_said")
    assert await letters(database) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("voir https://evil.example/a?b", "voir https : //evil .example/a?b"),
        ("www.evil.example", "www .evil .example"),
        ("ecrire@evil.example", "ecrire@evil .example"),
        ("12.50 € le 3.11. Fin", "12.50 € le 3.11. Fin"),
    ],
    ids=["address", "bare", "mail", "numbers"],
)
def test_what_looks_like_an_address_cannot_be_opened(text: str, told: str) -> None:
    assert without_links(text) == told


async def test_a_letter_holds_no_address_of_the_citizens(pages: Pages, database: Database) -> None:
    page = await pages()
    await other_end(database, page, "Gagnez sur https://evil.example")
    await mail(page)
    (text,) = await letters(database)
    assert "Gagnez sur https : //evil .example" in text
    assert "https://evil.example" in await page.ask("GET", "transcript")


async def test_a_long_conversation_is_read_in_pages_and_mailed_in_part(
    pages: Pages, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await pages()
    other = await other_end(database, page)
    await other.tells(*(f"{n} {'x' * 19_000}" for n in range(30)))
    text = await page.ask("GET", "transcript")
    assert [f"{n} xxx" in text for n in range(30)] == [True] * 30
    await mail(page)
    (told,) = await letters(database)
    assert transcript.MAILED_BYTES * 0.8 < len(told.encode()) < transcript.MAILED_BYTES + 2_000
    assert "télécharger la conversation entière" in told
    async with database.transaction() as tx:
        begun = await store.by_id(tx, other.conversation_id)
        first = await store.spoken_in(tx, begun, 0, 50, 50_000)
        longer = await store.spoken_in(tx, begun, 1, 50, 10)
    assert [message.seq for message in first] == [1, 2, 3]
    assert [message.seq for message in longer] == [2]


def test_a_citizen_has_one_written_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, ada, bob = transcript.Turns(), uuid4(), uuid4()
    monkeypatch.setattr(transcript, "AT_ONCE", 1)
    with turns.of(ada):
        with pytest.raises(TooMany), turns.of(ada):
            pass
        with pytest.raises(Unavailable), turns.of(bob):
            pass
    with turns.of(bob):
        pass


async def test_an_erased_conversation_is_in_no_letter(pages: Pages, database: Database) -> None:
    page, neighbour = await pages(), await pages()
    for one, text in ((page, "mon secret"), (neighbour, "le trou")):
        await other_end(database, one, text)
        await mail(one)
    async with database.transaction() as tx:
        await tx.execute(
            update(Letter).where(Letter.text.contains("le trou")).values(sent_at=now())
        )
    await page.ask("POST", "erase")
    async with database.transaction() as tx:
        left = list(await tx.scalars(select(Letter.text).where(Letter.recipient.is_not(None))))
        waiting = list(
            await tx.scalars(
                select(Letter.key).where(Letter.sent_at.is_(None), Letter.failed_at.is_(None))
            )
        )
        await tx.execute(delete(Letter))
    assert len(left) == 1
    assert "le trou" in str(left[0])
    assert waiting == []


@pytest.mark.parametrize("email", ["", "no address", "a@b", "a@b.example\nBcc: c@d.example"])
async def test_what_is_no_address_is_refused(pages: Pages, assembled: Service, email: str) -> None:
    assembled.mailer = MAILER
    page = await pages()
    with pytest.raises(Refused) as refused:
        await page.ask("POST", "transcript", json={"email": email})
    assert (refused.value.status, refused.value.error) == (400, "invalid")
