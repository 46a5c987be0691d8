"""The strings inside of a JSON value. Pure."""

from collections.abc import Callable
from typing import Any


def each_string(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any JSON
    """The same value with `change` applied to every string in it, keys left alone."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [each_string(part, change) for part in value]
    return {key: each_string(part, change) for key, part in value.items()} if isinstance(value, dict) else value
