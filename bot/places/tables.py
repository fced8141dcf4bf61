"""The outlines of the communes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class CommuneOutline(Base):
    """Where a commune ends. Public data, imported; replaced as a whole."""

    __tablename__ = "commune_outline"

    insee: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    outline: Mapped[bytes]  # WKB: longitudes and latitudes in degrees (WGS 84)
    digest: Mapped[str]  # of the outline as it was given: the same one is not stored again
    source: Mapped[str]
    imported_at: Mapped[datetime]
