"""Both readings of a record side by side: `left` is regex's, `right` the active model's."""

from audit_api.audit.views import RecordDetail
from audit_api.schemas import Answer
from contracts import Extraction
from reading.comparison import FieldComparison, ItemComparison, compare


class RecordComparison(Answer):
    """Empty until both methods have read this revision; `missing` then names who has not."""

    revision: int
    missing: list[str]
    agrees: bool
    """Whether both read the same, field by field; false while one is missing."""
    fields: list[FieldComparison]
    items: list[ItemComparison]


def compare_readings(record: RecordDetail) -> RecordComparison:
    regex, peft = record.readings.regex, record.readings.peft
    missing = [name for name, reading in (("regex", regex), ("peft", peft)) if reading is None]
    left, right = (reading.extraction if reading else Extraction() for reading in (regex, peft))
    found = compare(left, right)
    return RecordComparison(
        revision=record.revision,
        missing=missing,
        agrees=found.agrees and not missing,
        fields=[] if missing else list(found.fields),
        items=[] if missing else list(found.items),
    )
