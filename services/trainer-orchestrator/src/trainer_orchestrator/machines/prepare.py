"""On the machine that trains: makes sure of the packages and the base model, then becomes the training itself.

Standard library only: it runs on a bare image, at boot already where it can (`--environment` is shared between that run
and the training's, under a lock), so that nothing is waited for twice. Torch is taken from the image where it has it.
"""

import argparse
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECK = """
import importlib.metadata as m, importlib.util as u, sys
names = {names}
missing = [name for name in names if u.find_spec(name) is None]
sys.exit(bool(missing) or ("transformers" in names and int(m.version("transformers").split(".")[0]) < 5))
"""
NEEDED = ("torch", "transformers", "peft", "safetensors", "accelerate", "pydantic")
TORCH = "torch==2.13.0"
FETCH = """
import sys
from huggingface_hub import snapshot_download
snapshot_download(sys.argv[1], allow_patterns=["*.safetensors", "*.json", "tokenizer*", "*.model"])
"""


def main() -> None:
    given = _parser().parse_args()
    given.environment.mkdir(parents=True, exist_ok=True)
    _take_token(given.environment)
    with _alone(given.environment):
        with _stage("packages"):
            python = environment(given.environment, given.lock)
        if given.base.count("/") == 1 and not Path(given.base).exists():
            with _stage("base model"):
                subprocess.run([python, "-c", FETCH, given.base], check=True)
    if given.command:
        os.execv(python, [python, *given.command])  # noqa: S606 - the keeper watches this very process


def environment(folder: Path, lock: Path) -> str:
    """A Python that has all that the recipe imports: this one, or one that is made and kept in `folder`."""
    if _has(sys.executable, NEEDED):
        return sys.executable
    python = str(folder / "env" / "bin" / "python")
    if not Path(python).exists() or not _has(python, NEEDED):
        subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", str(folder / "env")], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if not _has(python, ("torch",)):
            subprocess.run([*pip, TORCH], check=True)
        subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(lock)], check=True)
    return python


def _has(python: str, names: tuple[str, ...]) -> bool:
    return subprocess.run([python, "-c", CHECK.format(names=names)], check=False).returncode == 0


def _take_token(folder: Path) -> None:
    """The Hugging Face token that cloud-init laid down, for a base model whose licence asks for one."""
    token = folder / "token"
    if token.exists():
        os.environ.setdefault("HF_TOKEN", token.read_text().strip())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _stage(name: str) -> Iterator[None]:
    """A line of progress, as the recipe writes them."""
    began = time.monotonic()
    yield
    seconds = round(time.monotonic() - began, 2)
    sys.stdout.write(json.dumps({"event": "prepared", "what": name, "seconds": seconds}) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", type=Path, required=True, help="where packages are kept")
    parser.add_argument("--lock", type=Path, required=True, help="the pinned packages")
    parser.add_argument("--base", required=True, help="a folder, or a Hugging Face id that is fetched")
    parser.add_argument("command", nargs="*", help="after `--`: what to become, the recipe's arguments for Python")
    return parser


if __name__ == "__main__":
    main()
