"""Which audited records are kept out of training. Decided by the record's id alone, so that none ever changes sides."""

import hashlib

SHARE = 0.25
"""Of all audited records, about."""


def is_held_out(record_id: str) -> bool:
    """Whether the record judges models instead of teaching them."""
    digest = hashlib.sha256(f"larder held-out {record_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < SHARE * 2**64
