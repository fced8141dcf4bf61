"""Sites of towns that show the assistant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class WidgetSite(Base):
    """A site from which the assistant may be opened, listed by an administrator."""

    __tablename__ = "widget_site"

    origin: Mapped[str] = mapped_column(primary_key=True)  # as browsers write it: rules.origin_of
    communes: Mapped[list[str] | None] = mapped_column(ARRAY(String))  # INSEE codes; None: all
    created_at: Mapped[datetime]
