"""The base of every contract: frozen, and strict about unknown fields.

A reader of a newer message must not silently drop what it does not know, so unknown fields are refused;
a change of a contract is a change of its `format`.
"""

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A frozen value that crosses a process boundary."""

    model_config = ConfigDict(frozen=True, extra="forbid")
