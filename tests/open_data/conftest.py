"""Requests of all kinds on a real database, and the doors that publish them."""

from __future__ import annotations

from tests.open311.conftest import client, nothing_filed
from tests.web.conftest import assembled, browsers, catalogue

__all__ = ["assembled", "browsers", "catalogue", "client", "nothing_filed"]
