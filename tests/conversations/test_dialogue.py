"""What a citizen may do at any point of a report."""

from __future__ import annotations

import io
import urllib.error

import pytest
from PIL import Image

from tests.running import RunningService, Visitor

REPORT = "trou dans la chaussée 12 rue de la République à Oullins"


def texts(answers: list[dict[str, object]]) -> str:
    return "\n".join(str(a["text"]) for a in answers).replace("\u00a0", " ")


def test_the_number_is_corrected_in_the_middle(visitor: Visitor) -> None:
    visitor.say(REPORT)
    assert "14 rue de la République" in texts(visitor.say("non, c'est au 14"))


def test_a_question_is_answered_and_the_form_goes_on(visitor: Visitor) -> None:
    visitor.say(REPORT)
    visitor.say("passer")
    answers = visitor.say("la déchèterie d'oullins est ouverte dimanche ?")
    assert len(answers) == 2
    assert answers[-1]["expects"] == "photo"


def test_back_returns_to_the_question_before(visitor: Visitor) -> None:
    first = texts(visitor.say(REPORT)).splitlines()[-1]
    visitor.say("passer")
    assert first in texts(visitor.say("retour"))


def test_stop_keeps_the_draft_for_later(visitor: Visitor) -> None:
    visitor.say(REPORT)
    visitor.say("laisse tomber")
    answers = visitor.press("Reprendre mon signalement")
    assert answers[-1]["expects"] in ("choice", "photo")
    visitor.say("passer")
    assert "12 rue de la République" in texts(visitor.say("passer"))


def test_cancel_at_the_summary_files_nothing(visitor: Visitor) -> None:
    visitor.say(REPORT)
    visitor.say("passer")
    assert visitor.say("passer")[-1]["expects"] == "confirm"
    assert "rien n’a été envoyé" in texts(visitor.press("Annuler"))
    assert visitor.call("/api/requests")["requests"] == []


def test_an_unknown_commune_is_asked(visitor: Visitor) -> None:
    answers = visitor.say("lampadaire éteint 4 rue Pasteur")
    assert "commune" in answers[-1]["text"]
    assert "Trifouilly" in texts(visitor.say("Trifouilly"))


def test_a_town_outside_is_said_and_nothing_is_guessed(visitor: Visitor) -> None:
    assert "ne fait pas partie" in texts(visitor.say("dépôt sauvage 3 rue Pasteur à Grenoble"))
    assert visitor.call("/api/requests")["requests"] == []


def test_an_emergency_is_answered_with_the_numbers_at_once(visitor: Visitor) -> None:
    answers = visitor.say("ça sent le gaz dans l'escalier")
    assert "0 800 47 33 33" in answers[0]["text"].replace("\u00a0", " ")


def test_a_human_is_a_ticket_and_only_one(visitor: Visitor) -> None:
    first = visitor.say("je veux parler à quelqu'un")[-1]["reference"]
    assert first
    assert visitor.say("je veux un humain s'il vous plaît")[-1]["reference"] == first


@pytest.mark.parametrize(
    "text", ["/restart", "/file_request{}", "😀😀", "привет", "你好", "x" * 10_000, "   "]
)
def test_odd_texts_get_an_answer(visitor: Visitor, text: str) -> None:
    answers = visitor.say(text)
    assert answers
    assert "action_" not in texts(answers)


def test_three_messages_in_a_second_get_one_answer(visitor: Visitor) -> None:
    for text in ("bonjour", "trou dans la chaussée rue Pasteur", "oullins"):
        visitor.post(text=text)
    answers = visitor.hear()
    questions = [a for a in answers if a["expects"]]
    assert len(questions) == 1
    assert answers[0]["seq"] == 4
    assert "rue Pasteur, Oullins" in texts(answers)


def test_a_repeated_message_changes_nothing(visitor: Visitor) -> None:
    first = visitor.call("/api/messages", {"id": "same", "text": "bonjour"})
    again = visitor.call("/api/messages", {"id": "same", "text": "bonjour"})
    assert (first["accepted"], again["accepted"], again["repeated"]) == (1, 1, True)
    assert len(visitor.hear()) == 1


def test_an_old_button_is_disarmed(visitor: Visitor) -> None:
    visitor.say(REPORT)
    old = visitor.buttons["Passer"]
    visitor.say("passer")
    visitor.post(payload=old)
    assert "plus d’actualité" in texts(visitor.hear())


def test_requests_are_the_session_s_own(service: RunningService) -> None:
    owner, other = Visitor(service.url), Visitor(service.url)
    owner.say(REPORT)
    owner.say("passer")
    owner.say("passer")
    reference = owner.say("oui")[-1]["reference"]
    assert reference in texts(owner.say("où en est mon signalement ?"))
    said = texts(other.say(f"où en est le signalement {reference} ?"))
    assert "Je ne trouve pas" in said
    assert "République" not in said


def picture(exif: bool) -> bytes:
    image = Image.new("RGB", (320, 200), "orange")
    out = io.BytesIO()
    data = Image.Exif()
    if exif:
        data[0x010E] = "secret place"
    image.save(out, "JPEG", exif=data)
    return out.getvalue()


def test_a_photo_loses_its_metadata_and_is_its_sender_s(service: RunningService) -> None:
    owner, other = Visitor(service.url), Visitor(service.url)
    owner.say(REPORT)
    owner.say("passer")
    assert owner.photo(picture(exif=True))[-1]["expects"] == "confirm"
    events = owner.call("/api/events?after=0")["events"]
    photo = next(e["photo"] for e in events if e["photo"])
    with owner._open(f"{service.url}/api/photos/{photo}") as answer:
        raw = answer.read()
    assert raw.startswith(b"\xff\xd8")
    assert b"secret place" not in raw
    with pytest.raises(urllib.error.HTTPError) as refused:
        other.call(f"/api/photos/{photo}")
    refused.value.close()
    assert refused.value.code == 404


def test_what_is_no_photo_is_refused(visitor: Visitor) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        visitor.call("/api/photos", raw=b"<svg onload=alert(1)>")
    refused.value.close()
    assert refused.value.code == 400
