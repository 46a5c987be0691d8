"""docker-compose.yml on podman, as far as our file goes: what it says is done, and what is not known here is refused.

podman-compose needs systemd for its health checks; a machine without it asks each container itself.
"""

import json
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from machine import PODMAN, PREFIX, ROOT, Failed, podman

PATIENCE = 300
STRICTLY = ("--read-only-tmpfs=false", "--no-healthcheck")
"""No folder is writable unless the file says so; a container is asked by `_is_healthy`."""
OPTIONS = {
    "user": "--user", "mem_limit": "--memory", "cpus": "--cpus", "pids_limit": "--pids-limit", "shm_size": "--shm-size",
    "stop_signal": "--stop-signal",
}  # fmt: skip
LISTS = {"tmpfs": "--tmpfs", "cap_drop": "--cap-drop", "cap_add": "--cap-add", "security_opt": "--security-opt"}
ELSEWHERE = {"build", "image", "command", "environment", "volumes", "networks", "network_mode", "ports", "depends_on",
             "restart", "logging", "profiles", "read_only", "init", "stop_grace_period", "deploy",
             "healthcheck"}  # fmt: skip


@dataclass
class Project:
    """The compose file with its variables filled in from `environment`, and the images that were built for it."""

    images: Mapping[str, str]
    environment: Mapping[str, str]
    compose: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        text = (ROOT / "docker-compose.yml").read_text()
        filled = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda it: self.environment.get(it[1]) or it[2], text)
        self.compose = yaml.safe_load(filled)

    @property
    def containers(self) -> dict[str, dict[str, Any]]:
        return dict(self.compose["services"])

    @property
    def lasting(self) -> list[str]:
        """What runs without a profile, and does not end by itself."""
        return [name for name in self._by_default() if self.containers[name]["restart"] != "no"]

    def up(self, only: tuple[str, ...] = (), besides: tuple[str, ...] = ()) -> None:
        """Start what has no profile, each when what it depends on is as it should be; `only` these and their needs."""
        wanted = (*besides, *(only or self._by_default()))
        for name in self.compose["networks"]:
            if f"{PREFIX}_{name}" in podman("network", "ls", "--format", "{{.Name}}").split():
                continue
            internal = ["--internal"] if (self.compose["networks"][name] or {}).get("internal") else []
            podman("network", "create", *internal, f"{PREFIX}_{name}")
        running = podman("ps", "--format", "{{.Names}}").split()
        for name in _in_order(self.containers, wanted):
            for other, how in self.containers[name].get("depends_on", {}).items():
                self.wait(other, how["condition"])
            if f"{PREFIX}_{name}" not in running:
                self.start(name)
        for name in wanted:
            lasting = self.containers[name]["restart"] != "no"
            self.wait(name, "service_healthy" if lasting else "service_completed_successfully")

    def _by_default(self) -> tuple[str, ...]:
        return tuple(name for name, container in self.containers.items() if "profiles" not in container)

    def start(self, name: str) -> None:
        podman("run", "--detach", "--replace", "--name", f"{PREFIX}_{name}", *self._options(name), *self._command(name))

    def run_once(self, name: str, command: list[str], stdin: Any = None, stdout: Any = None) -> None:  # noqa: ANN401
        """`docker compose run --rm -T NAME COMMAND`, which starts what NAME depends on."""
        self.up(tuple(self.containers[name].get("depends_on", {})))
        options = [*PODMAN, "run", "--rm", "--interactive", *self._options(name), self.images[name], *command]
        done = subprocess.run(options, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise Failed(f"{name} {command} ended with {done.returncode}:\n{done.stderr.decode()[-2000:]}")

    def down(self) -> None:
        """Stop in the opposite order; the volumes stay."""
        for name in reversed(_in_order(self.containers, self._by_default())):
            podman("stop", "-t", "30", f"{PREFIX}_{name}")
            podman("rm", f"{PREFIX}_{name}")
        for name in self.compose["networks"]:
            podman("network", "rm", f"{PREFIX}_{name}")

    def restart(self, name: str) -> None:
        podman("restart", "-t", "30", f"{PREFIX}_{name}")
        self.wait(name, "service_healthy")

    def check_lasting(self) -> None:
        """Docker would start an ended one again; here it has ended for good, and says why."""
        for name in self.lasting:
            state = self._state(name)
            if state["Status"] != "running":
                killed = " (killed, as a rule for its memory)" if state["ExitCode"] == 137 else ""
                raise Failed(f"{name} ended with {state['ExitCode']}{killed}:\n{self.logs(name)[-3000:]}")

    def _state(self, name: str) -> dict[str, Any]:
        return dict(json.loads(podman("container", "inspect", f"{PREFIX}_{name}"))[0]["State"])

    def wait(self, name: str, condition: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._is(name, condition):
            if time.monotonic() > deadline:
                raise Failed(f"{name} was not {condition} within {PATIENCE} s:\n{self.logs(name)[-3000:]}")
            time.sleep(0.5)

    def logs(self, name: str) -> str:
        done = subprocess.run([*PODMAN, "logs", f"{PREFIX}_{name}"], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def _is(self, name: str, condition: str) -> bool:
        state = self._state(name)
        if condition == "service_completed_successfully":
            if state["Status"] == "exited" and state["ExitCode"]:
                raise Failed(f"{name} ended with {state['ExitCode']}:\n{self.logs(name)[-3000:]}")
            return bool(state["Status"] == "exited")
        if state["Status"] != "running":
            raise Failed(f"{name} is {state['Status']}:\n{self.logs(name)[-3000:]}")
        return self._is_healthy(name)

    def _is_healthy(self, name: str) -> bool:
        image = json.loads(podman("image", "inspect", self.images[name]))[0]
        kind, *check = (image.get("HealthCheck") or image["Healthcheck"])["Test"]
        command = ["/bin/sh", "-c", check[0]] if kind == "CMD-SHELL" else check
        asked = [*PODMAN, "exec", f"{PREFIX}_{name}", *command]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def _options(self, name: str) -> list[str]:
        container = self.containers[name]
        if unknown := set(container) - set(OPTIONS) - set(LISTS) - ELSEWHERE:
            raise Failed(f"deploy/try/compose.py does not know what {unknown} of {name} means; teach it.")
        options = ["--ulimit=nofile=10000:10000", "--ulimit=nproc=10000:10000", *STRICTLY]
        options += [f"{flag}={container[key]}" for key, flag in OPTIONS.items() if key in container]
        options += [f"{flag}={value}" for key, flag in LISTS.items() for value in container.get(key, [])]
        options += [flag for key, flag in (("read_only", "--read-only"), ("init", "--init")) if container.get(key)]
        given = container.get("environment", {}).items()
        options += [f"--env={key}={'' if value is None else value}" for key, value in given]
        options += [f"--publish={port}" for port in container.get("ports", [])]
        options += [f"--volume={self._volume(entry)}" for entry in container.get("volumes", [])]
        return options + self._networks(name)

    def _volume(self, entry: str) -> str:
        source, target = entry.split(":", 1)
        if source.startswith("./secrets"):
            (ROOT / source).mkdir(exist_ok=True)  # as Docker does
        return f"{PREFIX}_{source}:{target}" if source in self.compose["volumes"] else f"{(ROOT / source)}:{target}"

    def _networks(self, name: str) -> list[str]:
        container = self.containers[name]
        if "network_mode" in container:
            return [f"--network={container['network_mode']}"]
        return [f"--network={PREFIX}_{network}:alias={name}" for network in container["networks"]]

    def _command(self, name: str) -> list[str]:
        return [self.images[name], *(str(part) for part in self.containers[name].get("command", []))]


def _in_order(containers: Mapping[str, Mapping[str, Any]], wanted: tuple[str, ...]) -> list[str]:
    """The wanted ones and what they need, each after what it depends on."""
    order: list[str] = []

    def add(name: str) -> None:
        for other in containers[name].get("depends_on", {}):
            add(other)
        if name not in order:
            order.append(name)

    for name in wanted:
        add(name)
    return order
