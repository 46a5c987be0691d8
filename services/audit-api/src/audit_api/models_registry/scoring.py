"""The score sheets of an evaluation, from what each reader read in the held-out records. Pure.

Invariant: all readers are scored on the same records; a record that a reader failed on counts as read empty. The
combined reading of a record uses a calibration that the other held-out records taught (`reading.judging`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from audit_api.models_registry.gate import Verdict, judge
from contracts import Directory, Extraction
from reading.calibration import Calibration
from reading.judging import AuditedPair, Confidence
from reading.judging import judge as judge_confidence
from reading.score import Tally, tallies
from reading.uncertainty import intervals

REGEX, BASE, CANDIDATE, ACTIVE, COMBINED = "regex", "base", "candidate", "active", "combined"
"""Whose readings are scored; `active` is the version that was in force, `combined` regex's with the candidate's."""
_NOBODY: Final = Extraction()


@dataclass(frozen=True)
class HeldOut:
    """One held-out record: its text, its audit, and what each reader read in it."""

    id: str
    text: str
    audit: Extraction
    readings: Mapping[str, Extraction | None]


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found."""

    scores: dict[str, dict[str, Any]]
    verdict: Verdict
    calibration: Calibration
    confidence: Confidence


def evaluate(records: Sequence[HeldOut], directory: Directory, opponent: str | None) -> Evaluation:
    """`opponent` is the active version's name; the first version is held against the bare base model."""
    readers = [REGEX, BASE, CANDIDATE, *([ACTIVE] if opponent else [])]
    counted = {reader: _tallies(records, [r.readings.get(reader) for r in records], directory) for reader in readers}
    judgement = judge_confidence([_pair(record) for record in records], directory)
    combined = _tallies(records, [one.extraction for one in judgement.combined], directory)
    return Evaluation(
        scores={reader: _sheet(found) for reader, found in {**counted, COMBINED: combined}.items()},
        verdict=judge(counted[CANDIDATE], counted[ACTIVE if opponent else BASE], opponent or "the base model"),
        calibration=judgement.calibration,
        confidence=judgement.confidence,
    )


def _tallies(records: Sequence[HeldOut], readings: Sequence[Extraction | None], directory: Directory) -> list[Tally]:
    return tallies([record.audit for record in records], readings, directory, [record.text for record in records])


def _sheet(counted: Sequence[Tally]) -> dict[str, Any]:
    return {**Tally.summed(counted).scores().to_dict(), "intervals": intervals(counted)}


def _pair(record: HeldOut) -> AuditedPair:
    return AuditedPair(record.audit, *(record.readings.get(reader) or _NOBODY for reader in (REGEX, CANDIDATE)))
