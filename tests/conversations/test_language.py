"""Ours are answered in the language they are in; others in both, and are never guessed at."""

from __future__ import annotations

import pytest

from bot.conversations.language import detect_language, foreign_language
from tests.running import ROOT, Visitor

DEVELOPMENT = [
    line.split("\t")[-1]
    for path in sorted((ROOT / "nlu/evaluation/messages").glob("dev_*.tsv"))
    for line in path.read_text("utf-8").splitlines()
]
FOREIGN = [
    ("es", "Hola, hay un agujero en la calle"),
    ("es", "Buenos días, necesito ayuda"),
    ("es", "¿Dónde puedo tirar la basura?"),
    ("es", "Quiero hablar con alguien por favor"),
    ("es", "La farola de mi calle está rota desde ayer"),
    ("pt", "Olá, há um buraco na rua"),
    ("pt", "Bom dia, preciso de ajuda com o lixo"),
    ("pt", "Não tenho luz na minha rua desde ontem"),
    ("pt", "Onde posso falar com alguém?"),
    ("de", "Hallo, in meiner Straße ist ein Loch"),
    ("de", "Guten Tag, ich möchte eine Laterne melden"),
    ("de", "Die Straßenlaterne ist kaputt"),
    ("de", "Wo kann ich meinen Müll entsorgen?"),
    ("it", "Buongiorno, c'è una buca nella strada"),
    ("it", "Vorrei parlare con qualcuno"),
    ("it", "Il lampione è rotto da ieri"),
    ("it", "Dove posso buttare la spazzatura?"),
    ("tr", "Merhaba, sokakta bir çukur var"),
    ("tr", "Türkçe konuşmak istiyorum"),
    ("tr", "Sokak lambası bozuk, yardım lütfen"),
    ("arabic", "مرحبا، هناك حفرة في الشارع"),
    ("arabic", "أريد التحدث مع شخص"),
    ("cyrillic", "Здравствуйте, на улице яма"),
    ("cyrillic", "У нас на вулиці не працює ліхтар"),
    ("zh", "你好，路上有一个洞"),
    ("ja", "こんにちは、街灯が壊れています"),
    ("ko", "안녕하세요 도움이 필요해요"),
    ("pl", "Dzień dobry, na ulicy jest dziura"),
    ("nl", "Het licht in mijn straat is kapot"),
    ("ro", "Bună ziua, am nevoie de ajutor"),
]


def test_no_message_of_the_development_half_is_taken_for_another_language() -> None:
    assert len(DEVELOPMENT) > 400
    assert [text for text in DEVELOPMENT if foreign_language(text) is not None] == []


@pytest.mark.parametrize(("language", "text"), FOREIGN)
def test_another_language_is_known_for_what_it_is(language: str, text: str) -> None:
    assert foreign_language(text) == language


@pytest.mark.parametrize(
    "text",
    ["Garcia", "rue Garibaldi", "Place Antonin-Poncet", "Da Silva Maria", "Hans Müller",
     "12 rue Della Torre à Bron", "via Lyon", "hola", "ciao", "bjr ya un trou ds la rte",
     "slt g 1 pb ac ma poubel", "thx", "Мерси, un trou rue Pasteur à Bron", "ok", "👍", "", "14",
     "el nino", "je m'appelle José Das Neves", "the pizza place on via Roma street"],
)  # fmt: skip
def test_names_and_slips_are_no_other_language(text: str) -> None:
    assert foreign_language(text) is None


def test_a_language_is_kept_until_another_is_used() -> None:
    assert detect_language("there is a hole in the road", "fr") == "en"
    assert detect_language("ok", "en") == "en"
    assert detect_language("il y a un trou", "en") == "fr"


def test_another_language_is_answered_in_both_of_ours(visitor: Visitor) -> None:
    answer = visitor.say("Hola, hay un agujero en la calle")[-1]
    assert "français" in answer["text"]
    assert "English" in answer["text"]
    titles = [button["title"] for button in answer["buttons"]]
    assert titles == ["Français", "English", "Parler à un agent / Talk to a person"]
    assert "in English" in visitor.press("English")[-1]["text"]
    assert visitor.press("Parler à un agent / Talk to a person")[-1]["reference"]


def test_the_form_takes_no_foreign_text_for_a_place(visitor: Visitor) -> None:
    visitor.say("trou dans la chaussée")
    answers = visitor.say("привет")
    assert "English" in answers[0]["text"]
    assert answers[-1]["expects"] == "location"
