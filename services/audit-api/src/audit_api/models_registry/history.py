"""What a rollback goes back to, from the history of activations. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One activation; `version` is None where a rollback left no model."""

    version: str | None
    rollback: bool


def before_current(history: Iterable[Step], deleted: Collection[str] = ()) -> str | None:
    """The version in force before the current one (`history` oldest first); None when there was none.

    Rolling back twice goes back two versions, not back and forth; deleted versions are passed over.
    """
    stack: list[str] = []
    for step in history:
        if step.rollback:
            left = stack[:-1]
            stack = left[: _last(left, step.version) + 1]
        elif step.version is not None:
            stack.append(step.version)
    kept = [version for version in stack[:-1] if version not in deleted and version != stack[-1]]
    return kept[-1] if kept else None


def _last(versions: list[str], wanted: str | None) -> int:
    """The last place of `wanted`, -1 when it is not there."""
    return max((place for place, version in enumerate(versions) if version == wanted), default=-1)
