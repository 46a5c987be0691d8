"""Dividing audited records and naming the result by its bytes. Pure.

A record's id alone decides on which side it is, so it never moves; the rows are in the order of the ids, so that the
same audits give the same hash.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from contracts import LabelledRow
from reading.heldout import is_held_out


@dataclass(frozen=True)
class Divided:
    """The two parts of a dataset, in order."""

    train: list[LabelledRow]
    held_out: list[LabelledRow]

    @property
    def sha256(self) -> str:
        """Over the lines of both parts, each with its part's name."""
        digest = hashlib.sha256()
        for part, rows in (("train", self.train), ("held_out", self.held_out)):
            for row in rows:
                digest.update(f"{part}\t{line_of(row)}\n".encode())
        return digest.hexdigest()


def divide(rows: Iterable[LabelledRow]) -> Divided:
    """About a quarter is held out."""
    train: list[LabelledRow] = []
    held_out: list[LabelledRow] = []
    for row in sorted(rows, key=lambda row: row.id):
        (held_out if is_held_out(row.id) else train).append(row)
    return Divided(train, held_out)


def line_of(row: LabelledRow) -> str:
    """One line of LABELLED.jsonl, without its newline; keys in the contract's order."""
    return json.dumps(row.model_dump(mode="json"), ensure_ascii=False)
