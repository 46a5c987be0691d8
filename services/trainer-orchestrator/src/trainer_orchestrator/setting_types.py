"""How settings are written in the environment: folders, durations, lists of words, counts, keys."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PositiveInt, SecretStr
from pydantic_settings import NoDecode

from trainer_orchestrator.run import Target

DEFAULT_HOME = Path("~/.local/share/larder")


def absolute(path: Path) -> Path:
    return path.expanduser().absolute()


Folder = Annotated[Path, AfterValidator(absolute)]


def _as_seconds(value: object) -> object:
    """A variable's text that is a number means seconds; anything else is pydantic's to read."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _words(value: object) -> object:
    """`a, b` as two words."""
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


def _counts(value: object) -> object:
    """`lambda=3, ssh=2` as a count by word."""
    pairs = value.replace(" ", "").split(",") if isinstance(value, str) else None
    return value if pairs is None else dict(pair.partition("=")[::2] for pair in pairs if pair)


Counts = Annotated[dict[Target, PositiveInt], NoDecode, BeforeValidator(_counts)]


def _unless_empty(value: object) -> object:
    return value or None


Key = Annotated[SecretStr | None, BeforeValidator(_unless_empty)]
"""A variable that is set to nothing is a key that is not set."""

Duration = Annotated[timedelta, BeforeValidator(_as_seconds)]
