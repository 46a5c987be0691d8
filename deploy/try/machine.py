"""Images and containers with buildah and podman, on a machine where no image registry can be reached.

The bare base comes from debootstrap; each image that the Dockerfiles expect from a registry has a stand-in here, built
from Debian's packages or the wheels of the embedded default, and handed to them as their build argument.
"""

import json
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = Path("/var/tmp/larder-try")
PREFIX = "larder-try"
DEBIAN = "bookworm"
STAND_INS = ("python", "node", "caddy", "nats", "postgres", "s3")
BASES = {
    "gateway": {"NODE": "node", "BASE": "caddy"},
    "nats": {"BASE": "nats"},
    "postgres": {"BASE": "postgres"},
    "s3": {"BASE": "s3"},
}
PODMAN = ("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs")


class Failed(Exception):
    """What did not work, in one sentence."""


def run(*command: str, quiet: bool = True, timeout: float = 1800) -> str:
    """A command's output. Raises Failed with the last lines that it printed."""
    done = subprocess.run(command, text=True, capture_output=quiet, check=False, timeout=timeout, cwd=ROOT)
    if done.returncode:
        last = "\n".join(f"{done.stdout or ''}{done.stderr or ''}".splitlines()[-15:])
        raise Failed(f"`{' '.join(command)[:200]}` ended with {done.returncode}:\n{last}")
    return done.stdout or ""


def podman(*arguments: str, timeout: float = 300) -> str:
    return run(*PODMAN, *arguments, timeout=timeout)


@dataclass(frozen=True)
class Image:
    name: str
    megabytes: int
    seconds: float


def make_base() -> str:
    """A bare Debian with Python, as an image."""
    name = f"localhost/{PREFIX}/debian"
    if subprocess.run([*PODMAN, "image", "exists", name], check=False).returncode == 0:
        return name
    rootfs, archive = WORK / "rootfs", WORK / "rootfs.tar"
    if not (rootfs / "usr/bin/pip3").exists():
        packages = "python3,python3-pip,python3-venv,ca-certificates"
        run("nice", "debootstrap", "--variant=minbase", f"--include={packages}", DEBIAN, str(rootfs))
    run("tar", "-C", str(rootfs), "--exclude=./var/cache/apt/*", "-cf", str(archive), ".")
    podman("import", str(archive), name)
    archive.unlink()
    return name


def make_stand_ins(debian: str) -> dict[str, str]:
    """The images that a registry would have given, by what they stand in for."""
    images = {"python": build("base-python", ROOT / "deploy/try/python.Dockerfile", {"BASE": debian}).name}
    for name in STAND_INS[1:]:
        base = debian if name == "caddy" else images["python"]
        images[name] = build(f"base-{name}", ROOT / f"deploy/try/{name}.Dockerfile", {"BASE": base}, ignore=False).name
    return images


def build(name: str, dockerfile: Path, arguments: dict[str, str], *, ignore: bool = True) -> Image:
    """Build one image from the repository's root."""
    began = time.monotonic()
    tag = f"localhost/{PREFIX}/{name}"
    options = [f"--build-arg={key}={value}" for key, value in arguments.items()]
    options += [f"--volume={path}:{path}:ro" for path in settings_of_this_machine()]
    ignoring = [] if ignore else ["--ignorefile=/dev/null"]
    run("nice", "buildah", "bud", "--isolation", "chroot", "--format", "docker", "--layers", "--network", "host",
        "--pull-never", *ignoring, *options, "-t", tag, "-f", str(dockerfile), str(ROOT))  # fmt: skip
    return Image(tag, size_of(tag), time.monotonic() - began)


def size_of(tag: str) -> int:
    return int(json.loads(podman("image", "inspect", tag))[0]["Size"]) // 1_000_000


def settings_of_this_machine() -> list[str]:
    """How pip and npm reach packages from here: their settings, certificates, and the local folders that they name."""
    home = Path.home()
    pip = [
        path for path in (Path("/etc/pip.conf"), home / ".pip/pip.conf", home / ".config/pip/pip.conf") if path.exists()
    ]
    others = [path for path in (home / ".npmrc", Path("/etc/npmrc"), Path("/etc/ssl/certs")) if path.exists()]
    named = re.findall(
        r"(?:file://|(?<=[\s=]))(/opt/[\w.-]+|/srv/[\w.-]+)", "\n".join(path.read_text() for path in pip)
    )
    return sorted({str(path) for path in (*pip, *others)} | {name for name in named if Path(name).is_dir()})


def clean_up(images: bool) -> None:  # noqa: FBT001
    """Remove what a try made: containers, volumes, networks, and on request its images."""
    for kind, remove in (("ps -a", "rm -f -t 5"), ("volume ls", "volume rm -f"), ("network ls", "network rm -f")):
        column = "{{.Names}}" if kind == "ps -a" else "{{.Name}}"
        names = podman(*kind.split(), "--format", column).split()
        if mine := [name for name in names if name.startswith(f"{PREFIX}_")]:
            podman(*remove.split(), *mine)
    if images:
        for tag in podman("images", "--format", "{{.Repository}}").split():
            if tag.startswith(f"localhost/{PREFIX}/"):
                podman("rmi", "-f", tag)
        subprocess.run(["rm", "-rf", "--one-file-system", str(WORK)], check=True)


def make_work_folder() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("TMPDIR", str(WORK))
