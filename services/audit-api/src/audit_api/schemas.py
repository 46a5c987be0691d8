"""What several answers share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, computed_field

from contracts import Extraction, Item, Method


class Answer(BaseModel):
    """The base of every answer."""

    model_config = ConfigDict(frozen=True)


class ReadExtraction(Extraction):
    """An extraction as it is shown: with its items flat and their pounds, both derived from the sections."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def items(self) -> tuple[Item, ...]:
        """All items in reading order."""
        return tuple(item for section in self.sections for item in section.items)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def pounds(self) -> float:
        """The sum of the items' pounds."""
        return sum(item.estimated_lbs or 0.0 for item in self.items)


def _without_derived(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: part for key, part in value.items() if key not in {"items", "pounds", "signals"}}
    return value


GivenExtraction = Annotated[Extraction, BeforeValidator(_without_derived)]
"""An extraction that a client sends; what it was shown beside the reading itself is ignored."""


def shown(extraction: Mapping[str, Any]) -> ReadExtraction:
    """A stored extraction as it is shown."""
    return ReadExtraction.model_validate(extraction)


class Reading(Answer):
    """What one method read."""

    method: Method
    version: str
    extraction: ReadExtraction
    ms: float
    read_at: datetime


class Accepted(Answer):
    """Work that goes on; ask for it by its id."""

    id: str
