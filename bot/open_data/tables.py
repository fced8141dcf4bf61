"""The published point of a request in SQL, and the indexes of the map and of the files."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Double, Index, func, text

from bot.places.rules import PUBLIC_DECIMALS
from bot.service_requests.tables import RequestEvent, ServiceRequest, StatusChange

# Written into the statement: a bound parameter would hide the expression from the index.
_GRID = text(str(10**PUBLIC_DECIMALS))


def _on_grid(degrees: ColumnElement[float | None]) -> ColumnElement[float | None]:
    whole: ColumnElement[float] = func.round(degrees * _GRID, type_=Double)
    return whole.op("/", return_type=Double())(_GRID)


LATITUDE = _on_grid(ServiceRequest.__table__.c.latitude)
LONGITUDE = _on_grid(ServiceRequest.__table__.c.longitude)
POINT = func.point(LONGITUDE, LATITUDE)

# A part of the map: `open_data.store`, by box.
Index("ix_service_request_public_point", POINT, postgresql_using="gist")

# Whether a file is still what it was: `open_data.store.last_change`.
Index("ix_status_change_at", StatusChange.at)
Index("ix_request_event_at", RequestEvent.at)
