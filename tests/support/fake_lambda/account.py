"""The account behind the fake: its machines, its keys, its bill, and how it misbehaves.

Each misbehaviour was seen live or stands in the specification. Times are seconds; counters count down.
"""

import itertools
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from fake_lambda.machine import Machine

TYPES = {
    "gpu_1x_a10": ("1x A10 (24 GB PCIe)", 129, 1, ["us-east-1", "us-west-1"]),
    "gpu_1x_gh200": ("1x GH200 (96 GB)", 149, 1, ["us-east-3"]),
    "gpu_1x_a100_sxm4": ("1x A100 (40 GB SXM4)", 199, 1, ["us-east-1"]),
    "gpu_1x_h100_sxm5": ("1x H100 (80 GB SXM5)", 429, 1, ["us-west-3"]),
    "gpu_8x_h100_sxm5": ("8x H100 (80 GB SXM5)", 2392, 8, ["us-west-3"]),
    "cpu_4x_general": ("4x CPU General", 20, 0, ["us-east-1"]),
}


@dataclass
class Behaviour:
    """How the cloud behaves; the defaults are its good days, only faster."""

    boot: float = 0.1
    """From launch to `active`."""
    ip_after: float = 0.0
    """An `ip` appears while the machine still boots."""
    ssh_after: float = 0.05
    """SSH answers some time before the machine is called active."""
    cloud_init: float = 0.0
    """For so long after SSH answers it shows the image's own host key."""
    unlisted: float = 0.0
    """A new machine is missing from every list for so long."""
    terminating: float = 0.05
    keeps_terminated: bool = True
    """Terminated machines stay listed; else they vanish."""
    refuses_capacity: int = 0
    """Launches refused for want of capacity, although it was listed."""
    loses_launch_answers: int = 0
    """The machine is launched, and the line dies before the answer."""
    breaks_launch_answers: int = 0
    """The machine is launched, and the answer is a 502."""
    omits_terminated: int = 0
    """Terminate answers 200 without the id, and does nothing."""
    unhealthy: int = 0
    """New machines that become `unhealthy` while booting."""
    stuck: int = 0
    """New machines that boot for ever."""
    bad_gateways: int = 0
    """Polls answered by a 502 without JSON."""
    too_many: list[str] = field(default_factory=list)
    """The next requests get 429: `json`, `bare`, or `retry-after`."""
    holds_to_rates: bool = False
    """429 for more than a request a second, or a launch every twelve."""
    refuses_key: bool = False
    inactive: bool = False
    quota: int = 100


@dataclass
class Rented:
    """One machine of the account, as the cloud knows it."""

    id: str
    name: str
    type: str
    region: str
    key_names: list[str]
    launched: float
    machine: Machine | None
    """None for somebody else's machine, which the tests only look at."""
    fate: str = "good"
    ended: float | None = None
    is_booted: bool = False
    has_own_key: bool = False


class Account:
    """`rented` holds every machine that ever was."""

    def __init__(self, port: int) -> None:
        self.behaviour = Behaviour()
        self.rented: dict[str, Rented] = {}
        self.keys: list[dict[str, str]] = []
        self.requests: list[tuple[float, str, str]] = []
        self.violations: list[str] = []
        self.port = port
        self._addresses = itertools.count(2)

    def launch(self, body: dict[str, Any]) -> Rented:
        public = [key["public_key"] for key in self.keys if key["name"] in body["ssh_key_names"]]
        number = next(self._addresses)
        ip = f"127.77.{number // 250}.{number % 250 + 1}"
        machine = Machine(ip, self.port, public, body.get("user_data", ""))
        rented = Rented(
            uuid.uuid4().hex, body.get("name", ""), body["instance_type_name"], body["region_name"],
            list(body["ssh_key_names"]), time.monotonic(), machine, self._fate(),
        )  # fmt: skip
        self.rented[rented.id] = rented
        return rented

    def add_foreign(self, name: str) -> Rented:
        """A machine that somebody else launched on the same account."""
        rented = Rented(uuid.uuid4().hex, name, "gpu_1x_a10", "us-east-1", ["theirs"], -1000.0, None)
        self.rented[rented.id] = rented
        return rented

    def terminate(self, rented: Rented) -> None:
        rented.ended = time.monotonic()
        if rented.machine is not None:
            rented.machine.shut_down()

    def status(self, rented: Rented) -> str:
        now = time.monotonic()
        if rented.ended is not None:
            return "terminating" if now < rented.ended + self.behaviour.terminating else "terminated"
        if rented.fate == "unhealthy" and now > rented.launched + self.behaviour.boot / 2:
            return "unhealthy"
        is_booting = rented.fate == "stuck" or now < rented.launched + self.behaviour.boot
        return "booting" if is_booting else "active"

    def is_listed(self, rented: Rented) -> bool:
        if time.monotonic() < rented.launched + self.behaviour.unlisted:
            return False
        return self.behaviour.keeps_terminated or self.status(rented) != "terminated"

    def alive(self) -> list[Rented]:
        """What is billed: everything whose end was not asked for."""
        return [rented for rented in self.rented.values() if rented.ended is None]

    def turn_on(self) -> None:
        """Let time pass for the machines: boot those whose time has come, and run cloud-init on them."""
        now, behaviour = time.monotonic(), self.behaviour
        for rented in self.alive():
            if rented.machine is None or rented.fate != "good":
                continue
            if not rented.is_booted and now >= rented.launched + behaviour.ssh_after:
                rented.is_booted = True
                rented.has_own_key = behaviour.cloud_init > 0
                rented.machine.boot(with_injected_key=not rented.has_own_key)
            if rented.has_own_key and now >= rented.launched + behaviour.ssh_after + behaviour.cloud_init:
                rented.has_own_key = False
                rented.machine.cloud_init()

    def shut_down(self) -> None:
        for rented in self.rented.values():
            if rented.machine is not None and rented.ended is None:
                rented.machine.shut_down()

    def _fate(self) -> str:
        for fate in ("unhealthy", "stuck"):
            if getattr(self.behaviour, fate) > 0:
                setattr(self.behaviour, fate, getattr(self.behaviour, fate) - 1)
                return fate
        return "good"
