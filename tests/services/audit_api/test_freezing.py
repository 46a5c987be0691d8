"""Audits become a dataset whose parts and name depend on nothing but the audits."""

import json
import random

from audit_api.datasets.freezing import divide, line_of
from contracts import Extraction, LabelledRow


def rows(count: int) -> list[LabelledRow]:
    return [LabelledRow(id=f"r{n}", text=f"{n} cases", extraction=Extraction()) for n in range(count)]


def test_about_a_quarter_is_held_out() -> None:
    divided = divide(rows(2000))
    assert 420 < len(divided.held_out) < 580
    assert len(divided.train) + len(divided.held_out) == 2000


def test_the_order_of_the_audits_does_not_matter() -> None:
    shuffled = rows(50)
    random.Random(1).shuffle(shuffled)
    assert divide(shuffled) == divide(rows(50))
    assert divide(shuffled).sha256 == divide(rows(50)).sha256


def test_a_record_never_changes_sides_as_audits_are_added() -> None:
    few, many = divide(rows(50)), divide(rows(500))
    assert {row.id for row in few.held_out} <= {row.id for row in many.held_out}
    assert {row.id for row in few.train} <= {row.id for row in many.train}


def test_another_text_gives_another_hash() -> None:
    changed = [row.model_copy(update={"text": "other"}) if row.id == "r7" else row for row in rows(20)]
    assert divide(changed).sha256 != divide(rows(20)).sha256


def test_a_line_reads_back_as_the_row() -> None:
    row = LabelledRow(id="r", text="2 cs crème\nfraîche", extraction=Extraction(rescue_location="Quay"))
    assert "\n" not in line_of(row)
    assert LabelledRow.model_validate(json.loads(line_of(row))) == row
