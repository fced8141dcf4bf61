"""The secret that signs links, shared by all services of a database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables import Base


class SigningSecret(Base):
    """A random secret by what it signs; made once, by the first service that needs it."""

    __tablename__ = "signing_secret"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]
    made_at: Mapped[datetime]
