"""XML says what JSON says, whatever the texts."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from bot.open311 import documents
from bot.open311.documents import Document
from bot.open311.formats import ITEMS, as_json, as_xml, sayable
from bot.service_requests.rules import Status
from bot.services.rules import Text
from tests.open311.builders import (
    ALL_KINDS,
    IDENTITY,
    TOWN,
    YES_NO,
    a_catalogue,
    a_request,
    a_service,
)

ODD = st.text(
    st.characters() | st.sampled_from("<>&'\"\x00\x01\x0b\x1f\x7f\x85\r\n\t\ufffe\ud800\u2028 "),
    max_size=12,
)


def of_xml(element: ET.Element) -> Any:
    """Read back: lists by their names, everything else a text."""
    if element.tag in ITEMS:
        return [of_xml(item) for item in element]
    return {item.tag: of_xml(item) for item in element} if len(element) else element.text


def of_json(value: Any) -> Any:
    """The same without JSON's types."""
    match value:
        case list():
            return [of_json(item) for item in value]
        case dict():
            return {key: of_json(item) for key, item in value.items()}
        case bool():
            return "true" if value else "false"
        case None | str():
            return value
        case _:
            return str(value)


def assert_equal_in_both(document: Document) -> None:
    root = ET.fromstring(as_xml(document))
    assert root.tag == document.root
    assert of_xml(root) == of_json(json.loads(as_json(document)))


@given(ODD, ODD, ODD)
def test_services_say_the_same_in_both_formats(one: str, two: str, three: str) -> None:
    service = a_service(label=Text(one, two), description=Text(three, one), fields=ALL_KINDS)
    assert_equal_in_both(documents.service_list([service, service], "fr"))
    assert_equal_in_both(documents.definition(service, YES_NO, "en"))


@given(ODD, ODD, ODD, st.floats(-90, 90), st.sampled_from(Status))
def test_requests_say_the_same_in_both_formats(
    address: str, description: str, note: str, latitude: float, status: Status
) -> None:
    request = a_request(
        address=address, description=description, latitude=latitude, status=status, is_ours=True
    )
    notes = dict.fromkeys(Status, note)
    assert_equal_in_both(
        documents.request_list([request, request], a_catalogue(), {"69123": TOWN}, notes, str, "fr")
    )


@given(ODD)
def test_all_else_says_the_same_in_both_formats(text: str) -> None:
    assert_equal_in_both(documents.refusal(400, text))
    assert_equal_in_both(documents.accepted("2026-000001", text))
    assert_equal_in_both(documents.discovery(IDENTITY, text, "fr"))
    assert_equal_in_both(documents.service_list([], "fr"))


@given(ODD)
def test_what_is_sayable_stays_as_it_is(text: str) -> None:
    once = sayable(text)
    assert sayable(once) == once
    assert "\x00" not in once
    once.encode()


def test_the_standard_s_names_are_in_the_xml() -> None:
    xml = as_xml(documents.refusal(404, "rien < tout")).decode()
    assert xml.startswith("<?xml version='1.0' encoding='utf-8'?>")
    assert xml.endswith(
        "<errors><error><code>404</code><description>rien &lt; tout</description></error></errors>"
    )
    shown = as_xml(documents.accepted("2026-000001", "à suivre")).decode()
    assert "<service_requests><request><service_request_id>2026-000001<" in shown
