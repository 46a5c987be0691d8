"""Model versions as folders on this machine: `$LARDER_HOME/versions/<name>/`, readable without a running service."""

import os
from pathlib import Path

from contracts.names import BASE
from larder_cli.errors import Refused
from larder_local.home import default_home


def versions_folder() -> Path:
    return Path(os.environ.get("LARDER_VERSIONS_DIR") or default_home() / "versions")


def base_model() -> str:
    """`LARDER_BASE_MODEL`, or the shipped larder-tiny."""
    return os.environ.get("LARDER_BASE_MODEL") or str(Path(__file__).resolve().parents[3] / "models" / "larder-tiny")


def adapter_folder(version: str | None) -> Path | None:
    """The folder of `version`; None for the bare base; without a name, the version trained last. Raises Refused."""
    if version == BASE:
        return None
    known = _folders()
    if version is None and not known:
        raise Refused(
            "There is no trained version yet: run `larder train v1`, or name `--version base` for the bare model."
        )
    if version is None:
        return known[-1]
    found = versions_folder() / version
    if found not in known:
        names = ", ".join(path.name for path in known) or "none"
        raise Refused(f"There is no version {version} in {versions_folder()} (there: {names}).")
    return found


def known_versions() -> list[str]:
    """The trained versions' names, the oldest first."""
    return [folder.name for folder in _folders()]


def _folders() -> list[Path]:
    return sorted((path.parent for path in versions_folder().glob("*/manifest.json")), key=lambda p: p.stat().st_mtime)
