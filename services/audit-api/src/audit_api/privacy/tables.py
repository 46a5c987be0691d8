"""Who is not to come back."""

from datetime import datetime

from sqlalchemy import LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from audit_api.models import Base


class ForgottenPerson(Base):
    """A person of whom nothing is taken in any more; known by a fingerprint of the id alone."""

    __tablename__ = "forgotten_people"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
