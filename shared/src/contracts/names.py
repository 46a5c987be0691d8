"""The names of model versions: the one place that knows which are allowed, and whose.

Invariant: a name that stands on a reading tells a trained version from a bare base model, whose name is `base` or
`base-` and eight digits of its weights' hash.
"""

import re
from typing import Annotated, Final, TypeAlias

from pydantic import Field

_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

VersionName: TypeAlias = Annotated[str, Field(pattern=_PATTERN)]
"""A model version's name: letters, digits, dot, dash and underscore, at most 64, beginning with a letter or digit."""

BASE: Final = "base"
"""The bare base model, where there is only one."""


def base_version(sha256: str) -> str:
    """The name under which the bare base model with this hash reads, so that other weights are told apart."""
    return f"{BASE}-{sha256[:8]}"


def why_not(name: str) -> str | None:
    """Why no trained version may have this name, as a sentence; None when it may."""
    if re.fullmatch(_PATTERN, name) is None:
        return "A version's name is letters, digits, dot, dash and underscore, at most 64; choose another name."
    if re.fullmatch(rf"{BASE}(-[0-9a-f]{{8}})?", name, re.IGNORECASE):
        return f"The name {name} is kept for the bare base model; choose another name."
    return None
