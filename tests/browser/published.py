"""What applications have posted, for the public map to show."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
import uuid
from collections.abc import Sequence

from tests.running import RunningService

GIVORS = "69091"
AT_GIVORS = (45.5880, 4.7690)


class Application:
    """Posts through Open311."""

    def __init__(self, service: RunningService) -> None:
        self._url = f"{service.url}/open311/v2/requests.json"
        self._key = service.admin("open311", "keys", "add", f"app {uuid.uuid4().hex}").strip()

    def posts(self, code: str, place: tuple[float, float]) -> str:
        """A request at Givors; its reference."""
        form = {
            "api_key": self._key,
            "service_code": code,
            "jurisdiction_id": GIVORS,
            "address_string": "12 rue Denfert-Rochereau, Givors",
            "lat": place[0],
            "long": place[1],
        }
        with urllib.request.urlopen(self._url, urllib.parse.urlencode(form).encode()) as answer:
            return str(json.load(answer)[0]["service_request_id"])

    def posts_around(self, code: str, offsets: Sequence[float]) -> list[str]:
        """One to the east of another, by degrees of longitude."""
        latitude, longitude = AT_GIVORS
        return [self.posts(code, (latitude, longitude + offset)) for offset in offsets]
