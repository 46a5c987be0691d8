"""The combined reading of a record: regex's and the active version's, by that version's calibration."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.models import ModelVersion
from audit_api.reference.store import current_reference
from audit_api.schemas import Answer, ReadExtraction, Reading
from reading.calibration import UNFITTED, Calibration
from reading.combined import Source, combine


class CombinedReading(Answer):
    """One reading from two: each field's likelier value."""

    version: str
    """The model version whose calibration decided."""
    extraction: ReadExtraction
    """Its `confidence` is calibrated, by the paths of `sources`."""
    sources: Mapping[str, Source]
    """Who gave `direction`, both places, and each item (`sections.0.items.1`)."""
    fell_back: list[str]
    """Fields in which the model said something else and was not sure enough."""
    confidence: float
    """How likely the whole message is right."""
    calibrated_on: int
    """Held-out audits; 0 while the version has none, and confidence is a first guess."""


async def combined_reading(
    session: AsyncSession, regex: Reading | None, peft: Reading | None
) -> CombinedReading | None:
    """None until both methods have read the record."""
    if regex is None or peft is None:
        return None
    stored = await session.scalar(select(ModelVersion.calibration).where(ModelVersion.version == peft.version))
    calibration = Calibration.model_validate(stored) if stored else UNFITTED
    directory = (await current_reference(session)).value.directory
    found = combine(regex.extraction, peft.extraction, directory, calibration)
    return CombinedReading(
        version=peft.version,
        extraction=ReadExtraction.model_validate(found.extraction.model_dump()),
        sources=found.sources,
        fell_back=list(found.fell_back),
        confidence=round(found.confidence, 4),
        calibrated_on=calibration.records,
    )
