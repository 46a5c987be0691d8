"""The one folder with all of an installation's data, and the lock that keeps two Larders out of it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from larder_local.errors import CannotStart

ROOT_HOME = Path("/var/lib/larder")


def default_home() -> Path:
    """`LARDER_HOME`, or `~/.local/share/larder`; for root `/var/lib/larder`, since Postgres runs as another user."""
    if chosen := os.environ.get("LARDER_HOME"):
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0:
        return ROOT_HOME
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "larder"


@contextmanager
def locked(home: Path) -> Iterator[Path]:
    """Own `home` while the block runs. The lock goes with the process, also when it is killed."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        file = (home / "larder.lock").open("a+")
    except OSError as error:
        raise CannotStart(
            f"Larder cannot write to {home} ({error.strerror}); set LARDER_HOME to a folder of yours."
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            address = file.read().strip() or "another terminal"
            raise CannotStart(
                f"Larder already runs on {home}: open {address}, or set LARDER_HOME to another folder for a second one."
            ) from None
        yield home


def note_address(home: Path, address: str) -> None:
    """Tell a second start where this one answers."""
    (home / "larder.lock").write_text(address + "\n")
