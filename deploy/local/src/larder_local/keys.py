"""The passwords of an installation: made once, at random, and kept in files that only their owner should read.

`FOLDER/<account>/nats` and `FOLDER/<account>/database` for each service, the administrator's under `larder/`,
`service` for the two services that people reach and for the reaper, which asks one of them, `s3` for the store of
profile `s3` and the two services that use it, and
`FOLDER/broker/accounts.conf` for nats-server. What is there is never replaced, so that a running service keeps its
password; accounts.conf is written anew, since an update may change rights. No file holds more than its reader needs:
in containers each folder is a volume of its own.
"""

import argparse
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from servicekit.access import ACCOUNTS, ADMINISTRATOR, nats_config

OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Keys:
    """The folder with the passwords, complete."""

    folder: Path

    def file(self, account: str, kind: str) -> Path:
        """Where the password of `account` for `nats` or `database` lies."""
        return self.folder / account / kind

    def password(self, account: str, kind: str) -> str:
        return self.file(account, kind).read_text()

    @property
    def broker_config(self) -> Path:
        return self.folder / "broker" / "accounts.conf"


def make_keys(folder: Path, mode: int = OWNER_ONLY) -> Keys:
    """The keys in `folder`; what is missing is made, with file mode `mode`."""
    keys = Keys(folder)
    for account in ACCOUNTS:
        _make(keys.file(account.name, "nats"), mode)
        if account.schema:
            _make(keys.file(account.name, "database"), mode)
    _make(keys.file(ADMINISTRATOR, "nats"), mode)
    _make(keys.file(ADMINISTRATOR, "database"), mode)
    _make(keys.file("grafana", "grafana"), mode)
    _make(keys.file("audit-api", "service"), mode)
    for reader in ("trainer-orchestrator", "reaper"):
        _copy(keys.file("audit-api", "service"), keys.file(reader, "service"), mode)
    _make(keys.file("s3", "s3"), mode)
    for reader in ("trainer-orchestrator", "inference-worker"):
        _copy(keys.file("s3", "s3"), keys.file(reader, "s3"), mode)
    names = (ADMINISTRATOR, *(account.name for account in ACCOUNTS))
    _write(keys.broker_config, nats_config({name: keys.password(name, "nats") for name in names}), mode)
    return keys


def _make(file: Path, mode: int) -> None:
    if not file.exists():
        _write(file, secrets.token_urlsafe(24), mode)


def _copy(source: Path, file: Path, mode: int) -> None:
    """For a secret by which services know each other."""
    if not file.exists() or file.read_text() != source.read_text():
        _write(file, source.read_text(), mode)


def _write(file: Path, content: str, mode: int) -> None:
    """Whole or not at all, and with its mode from the first moment on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(file.name + ".part")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as output:
        output.write(content)
    half.chmod(mode)
    half.rename(file)


def main() -> None:
    """`python -m larder_local.keys FOLDER`: what the container `keys` runs before anything else starts."""
    parser = argparse.ArgumentParser(description="Make the installation's passwords where they are missing.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mode", default="600", help="the files' mode; containers read each other's user: 644")
    options = parser.parse_args()
    make_keys(options.folder, int(options.mode, 8))


if __name__ == "__main__":
    main()
