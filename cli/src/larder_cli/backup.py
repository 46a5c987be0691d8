"""`larder backup` and `larder restore`: the embedded default of this machine. Containers: docs/back-up.md."""

from larder_cli.errors import Refused
from larder_local.backup.__main__ import run
from larder_local.backup.errors import BackupError
from larder_local.backup.whole import Summary
from larder_local.errors import CannotStart


def back_up_or_restore(what: str, file: str, force: bool) -> Summary:  # noqa: FBT001 - the command's own option
    """Raises Refused with the sentence that says why not."""
    try:
        return run(what, file, force=force)
    except (BackupError, CannotStart) as error:
        raise Refused(str(error)) from error
