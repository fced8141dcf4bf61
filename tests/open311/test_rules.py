"""What is published, and in which shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.open311 import documents, rules
from bot.open311.documents import Document
from bot.open_data.rules import status_of
from bot.service_requests.rules import Status
from tests.open311.builders import (
    ALL_KINDS,
    IDENTITY,
    TOWN,
    YES_NO,
    a_catalogue,
    a_request,
    a_service,
)
from tests.open311.schemas import wrong

NOTES = {status: f"« {status} »" for status in Status}


def listed(*requests: rules.PublishedRequest, language: str = "fr") -> Any:
    document = documents.request_list(
        requests, a_catalogue(), {"69123": TOWN}, NOTES, str, language
    )
    return document.content


def test_what_is_sensitive_is_not_asked_for_here() -> None:
    catalogue = a_catalogue(
        a_service(),
        a_service("hidden", sensitive=True),
        insee_69149=a_service(sensitive=True),
        insee_69266=a_service("own"),
    )
    assert rules.codes_offered(catalogue) == {"pothole", "own"}
    assert rules.offered_services(catalogue, "69149") == ()


def test_a_service_has_metadata_when_clients_have_something_to_ask() -> None:
    place_and_photo = (ALL_KINDS[0], ALL_KINDS[-1])
    services = [a_service(fields=place_and_photo), a_service("other", ALL_KINDS)]
    shown = documents.service_list(services, "en").content
    assert [service["metadata"] for service in shown] == [False, True]
    assert shown[0] == {
        "service_code": "pothole",
        "service_name": "Pothole",
        "description": "Hole.",
        "metadata": False,
        "type": "realtime",
        "keywords": "hole",
        "group": "voirie",
    }


def test_each_field_is_an_attribute_of_its_datatype() -> None:
    attributes = documents.definition(a_service(fields=ALL_KINDS), YES_NO, "fr").content[
        "attributes"
    ]
    assert [(a["code"], a["datatype"], a["required"], a["order"]) for a in attributes] == [
        ("size", "singlevaluelist", True, 1),
        ("blocked", "singlevaluelist", False, 2),
        ("plate", "string", False, 3),
        ("details", "text", False, 4),
        ("since", "datetime", False, 5),
        ("depth", "number", False, 6),
        ("contact", "string", False, 7),
    ]
    assert attributes[0]["values"] == [
        {"key": "small", "name": "Petit"},
        {"key": "large", "name": "Grand"},
    ]
    assert attributes[1]["values"][0] == {"key": "yes", "name": "oui"}


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (
            status,
            "closed" if status in ("resolved", "rejected", "withdrawn", "archived") else "open",
        )
        for status in Status
    ],
)
def test_every_state_is_open_or_closed(status: Status, word: str) -> None:
    assert status_of(status) == word
    assert status in (rules.statuses_of(word) or ())


def test_a_request_says_its_town_and_no_more_than_is_public() -> None:
    (shown,) = listed(a_request())
    assert shown["address"] == "12 rue de la République, Lyon"
    assert shown["requested_datetime"] == "2026-11-25T12:00:00Z"
    assert shown["agency_responsible"] == "équipe voirie"
    assert (shown["description"], shown["media_url"]) == (None, None)
    (posted,) = listed(a_request(is_ours=True, address="1 rue X, Lyon", description="un trou"))
    assert (posted["address"], posted["description"]) == ("1 rue X, Lyon", "un trou")
    (nowhere,) = listed(a_request(address=None))
    assert nowhere["address"] == "Lyon"


@pytest.mark.test_data
@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ("services.json", documents.service_list([a_service(), a_service("b", ALL_KINDS)], "fr")),
        (
            "service-definition.json",
            documents.definition(a_service(fields=ALL_KINDS), YES_NO, "fr"),
        ),
        ("service-definition.json", documents.definition(a_service(), YES_NO, "fr")),
    ],
)
def test_services_agree_with_the_standard_s_schemas(
    test_data: Path, schema: str, document: Document
) -> None:
    assert wrong(document.content, test_data, schema) == []


@pytest.mark.test_data
def test_requests_agree_with_the_standard_s_schemas(test_data: Path) -> None:
    shown = listed(a_request(), a_request(latitude=None, longitude=None, address=None))
    assert wrong(shown, test_data, "requests.json") == []
    broken = [{**shown[0], "status": "new", "lat": "45"}]
    assert len(wrong(broken, test_data, "requests.json")) == 2  # our reader of schemas reads them


def test_discovery_leads_to_the_doors() -> None:
    shown = documents.discovery(IDENTITY, "https://here/open311/v2", "fr").content
    assert shown["endpoints"][0]["url"] == "https://here/open311/v2"
    assert shown["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    assert shown["contact"] == "Écrivez"
