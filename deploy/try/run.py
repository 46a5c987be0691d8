"""Build every image, run docker-compose.yml, walk the browser's loop through the gateway, and print the figures.

Run by `deploy/try-compose`. Everything that it makes is called `larder-try...` and is removed at the end.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from compose import PATIENCE, Project
from machine import (
    BASES,
    PREFIX,
    ROOT,
    Failed,
    Image,
    build,
    clean_up,
    make_base,
    make_stand_ins,
    make_work_folder,
    podman,
)

HTTP, HTTPS = 18080, 18443
ADDRESS = f"http://127.0.0.1:{HTTP}"
IDLE_SECONDS = 30
LIST_OBJECTS = """
import os
from obstore.store import S3Store
secret = open(os.environ["AWS_SECRET_ACCESS_KEY_FILE"]).read()
for part in S3Store.from_url(os.environ["LARDER_OBJECT_STORE"], secret_access_key=secret).list():
    print(*(found["path"] for found in part))
"""
STEPS: list[tuple[str, float]] = []
"""What was done, with its seconds."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the images for a faster next try")
    parser.add_argument("--no-build", action="store_true", help="use the images of the last try")
    options = parser.parse_args()
    make_work_folder()
    clean_up(images=False)
    try:
        images = built() if not options.no_build else kept()
        figures(images)
        walk({name: image.name for name, image in images.items()})
    except Failed as error:
        print(f"FAILED: {error}", flush=True)
        return 1
    finally:
        clean_up(images=not options.keep)
    print("Everything worked.")
    return 0


def ours() -> dict[str, dict[str, str]]:
    """What is built, by container; the card's worker needs a card to run on."""
    containers = Project({}, {}).containers
    return {
        name: it["build"] for name, it in containers.items() if "build" in it and "gpu" not in it.get("profiles", [])
    }


def built() -> dict[str, Image]:
    with timed("base and stand-ins"):
        stand_ins = make_stand_ins(make_base())
    images: dict[str, Image] = {}
    by_dockerfile: dict[str, Image] = {}
    for name, how in ours().items():
        if how["dockerfile"] not in by_dockerfile:
            arguments = {key: stand_ins[it] for key, it in BASES.get(name, {"BASE": "python"}).items()}
            by_dockerfile[how["dockerfile"]] = build(name, ROOT / how["dockerfile"], arguments)
            print(f"built {name}", flush=True)
        images[name] = by_dockerfile[how["dockerfile"]]
    return images


def kept() -> dict[str, Image]:
    first = {how["dockerfile"]: name for name, how in reversed(ours().items())}
    names = {name: f"localhost/{PREFIX}/{first[how['dockerfile']]}" for name, how in ours().items()}
    return {
        name: Image(tag, int(json.loads(podman("image", "inspect", tag))[0]["Size"]) // 1_000_000, 0)
        for name, tag in names.items()
    }


def figures(images: dict[str, Image]) -> None:
    print("\n| image | MB | built in s |\n|---|---|---|")
    for image in dict.fromkeys(images.values()):
        print(f"| {image.name.rpartition('/')[2]} | {image.megabytes} | {image.seconds:.0f} |")


def walk(images: dict[str, str]) -> None:
    site = {
        "LARDER_SITE": ":80, https://localhost",
        "LARDER_HTTP": f"127.0.0.1:{HTTP}",
        "LARDER_HTTPS": f"127.0.0.1:{HTTPS}",
    }
    walk_by_default(Project(images, site))
    clean_up(images=False)
    walk_with_s3(Project(images, site | {"LARDER_OBJECT_STORE": "s3://larder/adapters"}))
    print("\n| step | s |\n|---|---|")
    for what, seconds in STEPS:
        print(f"| {what} | {seconds:.0f} |")


def walk_by_default(project: Project) -> None:
    """Start, look around inside, walk the loop, restart everything, back up, and restore into an empty system."""
    with timed("start, from nothing to a healthy gateway"):
        project.up()
    time.sleep(IDLE_SECONDS)
    memory(f"{IDLE_SECONDS} s after the start")
    check_inside(project)
    check_door()
    session = sign_in()
    with timed("in a browser: import, audits, a training, its version active, a reading by it"):
        loop(project, session)
    with timed("the rest read by the new version"):
        read_all(project, session)
    memory("after the loop")
    before = held(session)
    with timed("restart of every container, one after the other"):
        for name in project.lasting:
            project.restart(name)
    compare("the restarts", before, held(session))
    with timed("a new message, read by rules and by the version"):
        read_anew(project, session)
    before = held(session)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "larder.backup"
        with timed("back-up"), file.open("wb") as target:
            project.run_once("tools", ["python", "-m", "larder_local.backup", "write", "-"], stdout=target)
        print(f"the back-up has {file.stat().st_size / 1e6:.1f} MB")
        with timed("stop"):
            project.down()
        clean_up(images=False)
        restore(project, file)
    compare("the restore into an empty system", before, held(session))
    with timed("another message, read by the restored version"):
        read_anew(project, session)


def walk_with_s3(project: Project) -> None:
    """Profile `s3`: a version is trained, lies in that store, and reads."""
    with timed("profile s3: start"):
        project.up(besides=("s3",))
    session = sign_in()
    with timed("profile s3: a training, its version active"), at_the_gateway(session) as client:
        labels = b"".join((ROOT / "sample/labels.jsonl").read_bytes().splitlines(keepends=True)[:60])
        upload = {"file": ("labels.jsonl", labels)}
        client.post("/api/imports", params={"kind": "audited"}, files=upload).raise_for_status()
        until(lambda: client.get("/api/status").json()["audited"] == 60, "60 labels were not taken in")
        client.post("/runs", json={"version": "first", "target": "local", "key": "try"}).raise_for_status()
        until(lambda: client.get("/api/status").json()["active_version"] == "first", "No version came into service")
    with timed("profile s3: a new message, read by the version"):
        read_anew(project, session)
    kept = podman("exec", f"{PREFIX}_trainer-orchestrator", "python", "-c", LIST_OBJECTS).split()
    if len(kept) != 3:  # configuration, weights, manifest
        raise Failed(f"The store holds {kept} instead of one adapter")
    print(f"the store holds {', '.join(name.rpartition('/')[2] for name in kept)}")


def restore(project: Project, file: Path) -> None:
    """As docs/back-up.md says: the back-up, with the servers that it needs, then the rest."""
    with timed("restore into an empty system, servers started"), file.open("rb") as source:
        project.run_once("tools", ["python", "-m", "larder_local.backup", "restore", "-"], stdin=source)
    with timed("start of the services after it"):
        project.up()


def sign_in() -> str:
    """As the first person does: the one-time password from the server, then one of one's own; the session's cookie."""
    lost = podman("exec", f"{PREFIX}_audit-api", "python", "-m", "audit_api", "lost-admin")
    once, own = re.findall(r"\b(?:[a-z2-9]{5}-){3}[a-z2-9]{5}\b", lost)[-1], "a pear in the larder"
    with httpx.Client(base_url=ADDRESS, timeout=60) as client:
        client.post("/api/session", json={"login": "admin", "password": once}).raise_for_status()
        client.put("/api/account/password", json={"current": once, "new": own}).raise_for_status()
        return str(client.cookies["larder_session"])


def held(session: str) -> dict[str, object]:
    """What must not change: counts, what serves, and every line of the ledger with who read it."""
    with at_the_gateway(session) as client:
        status, models = (client.get(path).raise_for_status().json() for path in ("/api/status", "/api/models"))
        ledger = client.get("/api/stats/export", params={"include": "all"}).raise_for_status().content
    counts = {key: status[key] for key in ("records", "audited", "skipped", "dead_letters")}
    digest = hashlib.sha256(ledger).hexdigest()
    return counts | {"active": models["active"], "lines": ledger.count(b"\n"), "ledger": digest}


def compare(what: str, before: dict[str, object], after: dict[str, object]) -> None:
    if after != before:
        raise Failed(f"After {what} there is {after} instead of {before}")
    print(f"after {what}: {after}")


def read_all(project: Project, session: str) -> None:
    """Until nothing waits to be read."""
    with at_the_gateway(session) as client:

        def status() -> dict[str, Any]:
            project.check_lasting()
            found: dict[str, Any] = client.get("/api/status").raise_for_status().json()
            return found

        until(lambda: not any(status()["pending"].values()), "Not everything was read")
        if any((failed := status()["failed"]).values()):
            raise Failed(f"Some records could not be read: {failed}")


def read_anew(project: Project, session: str) -> None:
    """Import a message that was never there, and find it in the ledger as the active version read it."""
    one = {"id": f"try-{time.monotonic_ns()}", "text": "Picked up 7 cases of oat milk from the corner market"}
    with at_the_gateway(session) as client:
        status = client.get("/api/status").raise_for_status().json()
        upload = {"file": ("one.jsonl", json.dumps(one).encode())}
        client.post("/api/imports", files=upload).raise_for_status()
        until(lambda: client.get("/api/status").json()["records"] > status["records"], "A message was not taken in")
        read_all(project, session)
        ledger = client.get("/api/stats/export", params={"include": "all"}).raise_for_status().text
    lines = [line for line in ledger.splitlines() if one["id"] in line]
    if not any(f"peft {status['active_version']}" in line for line in lines):
        raise Failed(f"{status['active_version']} did not read the new message: {lines}")


def until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise Failed(f"{otherwise} within {PATIENCE} s")
        time.sleep(0.5)


def at_the_gateway(session: str) -> httpx.Client:
    return httpx.Client(base_url=ADDRESS, timeout=60, cookies={"larder_session": session})


def memory(when: str) -> None:
    print(f"\nmemory {when}:")
    print(podman("stats", "--no-stream", "--format", "| {{.Name}} | {{.MemUsage}} | {{.CPUPerc}} |"))


def check_inside(project: Project) -> None:
    """Read-only roots, users without rights, and no password where a person or a log could show it."""
    for name in project.lasting:
        container = f"{PREFIX}_{name}"
        if podman("exec", container, "id", "-u").strip() == "0":
            raise Failed(f"{name} runs as root")
        tried = "touch /here 2>/dev/null && echo writable || echo closed"
        if podman("exec", container, "sh", "-c", tried).strip() != "closed":
            raise Failed(f"The root of {name} can be written")
    secrets = passwords()
    shown = {
        name: project.logs(name) + podman("container", "inspect", f"{PREFIX}_{name}")
        for name in project.containers
        if exists(name)
    }
    shown["ps"] = subprocess.run(["ps", "axeww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    found = [where for where, text in shown.items() if any(secret in text for secret in secrets)]
    if found:
        raise Failed(f"A password is shown by {', '.join(found)}")
    print(
        f"{len(project.lasting)} containers are read-only and unprivileged; none of {len(secrets)} passwords is shown"
    )


def check_door() -> None:
    """HTTPS with Caddy's own authority, the strict headers, and nothing of the inside."""
    secure = httpx.get(f"https://localhost:{HTTPS}/healthz", verify=False)
    if "max-age" not in secure.headers.get("strict-transport-security", ""):
        raise Failed(f"HTTPS does not answer as it should: {secure.status_code} {dict(secure.headers)}")
    if "default-src 'self'" not in httpx.get(ADDRESS).headers.get("content-security-policy", ""):
        raise Failed("The page comes without its content security policy")
    for path in ("/metrics", "/readyz"):
        if "<title>" not in httpx.get(ADDRESS + path).text:
            raise Failed(f"The gateway lets {path} out")


def passwords() -> list[str]:
    volumes = [name for name in podman("volume", "ls", "--format", "{{.Name}}").split() if "_keys-" in name]
    folders = [Path(json.loads(podman("volume", "inspect", name))[0]["Mountpoint"]) for name in volumes]
    return [path.read_text() for folder in folders for path in folder.iterdir() if path.suffix != ".conf"]


def exists(name: str) -> bool:
    return f"{PREFIX}_{name}" in podman("ps", "-a", "--format", "{{.Names}}").split()


def loop(project: Project, session: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:randomly",
        "tests/browser/test_the_loop.py",
        "--timeout",
        "1500",
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"LARDER_ADDRESS": ADDRESS, "LARDER_SESSION": session}, check=False
    )
    project.check_lasting()
    if done.returncode:
        raise Failed("The loop did not work in the browser; see above.")


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    STEPS.append((what, time.monotonic() - began))
    print(f"{what}: {STEPS[-1][1]:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
