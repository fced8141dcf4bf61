"""A town's own sentence in real conversations: said there, and nowhere else."""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from http.cookiejar import CookieJar

import pytest

from tests.running import RunningService, Visitor

CALUIRE, BRON = "69034", "69029"
OWN = "La mairie de Caluire reste à votre écoute."


class Administrator:
    """Somebody at the settings of texts, without a screen."""

    def __init__(self, service: RunningService) -> None:
        login = f"{uuid.uuid4().hex}@mairie.example"
        told = service.admin(
            *("users", "add", login, "--name", "Odile", "--role", "commune_administrator"),
            *("--commune", CALUIRE, "--generate"),
        )
        self._url = service.url
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        ).open
        password = told.split("password: ")[1].strip()
        self.send("/agent/sign-in", login=login, password=password)

    def send(self, path: str, **form: str) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with self._open(self._url + path, data=data, timeout=60) as answer:
            return str(answer.read().decode())

    def write(self, **form: str) -> str:
        """On the page of the sentence, from the version that it shows."""
        page = f"/agent/settings/texts/thanks?commune={CALUIRE}"
        found = re.search(r'name="base" value="(\d+)"', self.send(page))
        assert found is not None
        return self.send(page, base=found[1], **form)


@pytest.fixture
def caluire(service: RunningService) -> Iterator[Administrator]:
    odile = Administrator(service)
    yield odile
    odile.write(deed="restore", version="0")


def thanked(service: RunningService, commune: str) -> str:
    """What somebody of that town hears who says thank you."""
    visitor = Visitor(service.url)
    visitor.post(text="merci beaucoup", commune=commune)
    return " ".join(event["text"] for event in visitor.hear())


def test_a_town_s_own_sentence_is_said_in_its_conversations_only(
    service: RunningService, caluire: Administrator
) -> None:
    assert "enregistré, et déjà en vigueur" in caluire.write(deed="save", fr0=OWN)
    assert OWN in thanked(service, CALUIRE)
    elsewhere = thanked(service, BRON)
    assert OWN not in elsewhere
    assert "Je vous en prie" in elsewhere
