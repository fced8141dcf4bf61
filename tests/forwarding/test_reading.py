"""What is understood of odd answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forwarding.reading import Document, heard, identifier, moment, read
from bot.service_requests.rules import LONGEST_REASON
from tests.servers.odd_town import as_xml

PARIS = ZoneInfo("Europe/Paris")
TWO = [
    {"service_request_id": "1", "status": "closed", "status_notes": "Rebouché & balayé"},
    {"service_request_id": "2", "status": "open", "status_notes": "Une équipe passe mardi"},
]


def whole(body: bytes) -> Document:
    document = read(body, is_complete=True)
    assert document is not None
    return document


@pytest.mark.parametrize("body", [as_xml(TWO), json.dumps(TWO).encode()], ids=["xml", "json"])
def test_both_formats_say_the_same(body: bytes) -> None:
    assert whole(body) == Document(tuple(TWO), (), is_whole=True)


@pytest.mark.parametrize("name", ["service_requests", "requests"])
def test_json_may_have_a_root_of_xml(name: str) -> None:
    assert whole(json.dumps({name: TWO}).encode()).items == tuple(TWO)
    assert whole(json.dumps({name: {"request": TWO}}).encode()).items == tuple(TWO)


@pytest.mark.parametrize("body", [as_xml(TWO), json.dumps(TWO).encode()], ids=["xml", "json"])
def test_of_an_answer_that_was_cut_only_whole_requests_are_used(body: bytes) -> None:
    for length in range(len(body)):
        document = read(body[:length], is_complete=True)
        if document is None:
            continue
        assert not document.is_whole
        for item in document.items:
            assert item in TWO


def test_an_answer_whose_end_did_not_come_is_not_whole() -> None:
    document = read(as_xml(TWO), is_complete=False)
    assert document is not None
    assert not document.is_whole


def test_xml_that_is_not_quite_xml_is_read() -> None:
    body = (
        b"<?xml version='1.0' encoding='utf-8'?><service_requests><request>"
        b"<service_request_id>1</service_request_id><status>closed</status>"
        b"<status_notes>Rue & trottoir</status_notes></request></service_requests>"
    )
    (item,) = whole(body).items
    assert item["status"] == "closed"
    assert item["status_notes"].startswith("Rue")


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1"])
def test_latin_letters_are_read_whatever_is_declared(declared: str) -> None:
    text = (
        f"<?xml version='1.0' encoding='{declared}'?><service_requests><request>"
        "<status_notes>réparé</status_notes></request></service_requests>"
    )
    (item,) = whole(text.encode("latin-1")).items
    assert item["status_notes"] == "réparé"


def test_no_entity_is_looked_up() -> None:
    body = (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><service_requests><request>'
        b"<status_notes>&x;</status_notes></request></service_requests>"
    )
    (item,) = whole(body).items
    assert item["status_notes"] in ("", "&x;")


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"Merci !", b"<html><body>503</body></html>", b"{", b"[", b"<", b'"x"']
)
def test_what_is_no_document_is_none(body: bytes) -> None:
    assert read(body, is_complete=True) is None


def test_errors_are_told_apart_from_requests() -> None:
    for body in (
        b'[{"code": 403, "description": "key?"}]',
        b"<errors><error><code>403</code><description>key?</description></error></errors>",
    ):
        document = whole(body)
        assert (document.items, document.said) == ((), "key?")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_nothing_that_comes_breaks_the_reader(body: bytes) -> None:
    for start in (b"", b"<service_requests><request>", b"[{"):
        document = read(start + body, is_complete=True)
        for item in document.items if document else ():
            heard(item, PARIS)


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("2026-11-25T10:00:00+01:00", "2026-11-25T09:00:00"),
        ("2026-11-25T09:00:00Z", "2026-11-25T09:00:00"),
        ("2026-11-25T10:00:00 01:00", "2026-11-25T09:00:00"),
        ("2026-11-25 10:00:00", "2026-11-25T09:00:00"),
        ("25/11/2026 10:00", "2026-11-25T09:00:00"),
        ("25/11/2026", "2026-11-24T23:00:00"),
        ("2026-07-01T10:00:00", "2026-07-01T08:00:00"),
    ],
)
def test_a_date_is_read_as_it_was_meant(text: str, read_as: str) -> None:
    assert moment(text, PARIS) == datetime.fromisoformat(read_as).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "hier", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment(text, PARIS) is None


def test_a_request_without_its_reference_or_its_state_says_nothing() -> None:
    assert heard({"status": "open"}, PARIS) is None
    assert heard({"service_request_id": "1"}, PARIS) is None
    assert identifier({"service_request_id": "x" * 1000}) is None


def test_a_note_is_made_fit_to_be_told() -> None:
    said = {"service_request_id": "1", "status": "closed"}
    one = heard({**said, "status_notes": " vu\r\n\x00 mardi "}, PARIS)
    assert one is not None
    assert one.note == "vu \ufffd mardi"
    long = heard({**said, "status_notes": "x" * 9000}, PARIS)
    assert long is not None
    assert len(long.note or "") == LONGEST_REASON
