"""A letter as it is written."""

from __future__ import annotations

import pytest
from lxml import html

from bot.errors import Invalid
from bot.mail.letters import Mailer
from bot.words.phrases import say
from tests.mail.builders import MAILER, WORDS, an_envelope, some_content


def test_text_and_html_say_the_same() -> None:
    letter = MAILER.letter(an_envelope(), some_content())
    read = " ".join(
        html.tostring(html.fromstring(letter.html), method="text", encoding="unicode").split()
    )
    for told in (
        "Votre signalement est bien reçu",
        "2026-004217",
        "Reçu le mardi 24 novembre 2026.",
        "Les réponses à ce message ne sont pas lues.",
        "Guichet, Oullins-Pierre-Bénite",
    ):
        assert told in letter.text
        assert told in read
    assert "https://guichet.example/" in letter.text
    assert 'href="https://guichet.example/"' in letter.html


def test_a_citizens_words_are_no_markup() -> None:
    letter = MAILER.letter(an_envelope(), some_content(lines=("<img src=x> & <script>",)))
    assert "<img src=x> & <script>" in letter.text
    page = html.fromstring(letter.html)
    assert page.findall(".//img") == page.findall(".//script") == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_its_language_its_title_and_one_heading(language: str) -> None:
    letter = MAILER.letter(an_envelope(language=language), some_content())
    page = html.fromstring(letter.html)
    assert page.get("lang") == language
    assert page.findtext(".//title") == letter.subject
    headings = [heading.text for heading in page.iter("h1", "h2", "h3")]
    assert headings == [WORDS.render(say("mail.report"), language)]
    assert not page.xpath("//@src")  # nothing is fetched: no picture tells that it was opened


def test_light_and_dark_contrasts_are_enough_to_read() -> None:
    letter = MAILER.letter(an_envelope(), some_content())
    light = [("#16232b", "#ffffff"), ("#51606a", "#fbfaf7"), ("#51606a", "#ffffff")]
    dark = [("#eef2f3", "#1a262d"), ("#a9b7be", "#10191e"), ("#0d1a1f", "#6cc5d4")]
    for ink, ground in [*light, ("#ffffff", "#0b5c6b"), *dark]:
        assert ink in letter.html
        assert ground in letter.html
        assert contrast(ink, ground) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, 1.4.3."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_without_a_public_address_there_is_no_link() -> None:
    letter = Mailer(WORDS, "metropole.example").letter(an_envelope(), some_content())
    assert "Ouvrir" not in letter.text
    assert "<a " not in letter.html


def test_an_address_that_cannot_be_written_to_is_refused() -> None:
    with pytest.raises(Invalid):
        MAILER.letter(an_envelope(to="ada@example.org\nBcc: x@example.org"), some_content())
