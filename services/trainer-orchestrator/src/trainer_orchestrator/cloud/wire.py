"""The parts of Lambda's answers that Larder uses, typed. Unknown fields are ignored: live answers already have more
than the specification. Nothing here keeps a raw record, because those hold a `jupyter_token`.
"""

import re
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class InstanceStatus(StrEnum):
    BOOTING = "booting"
    ACTIVE = "active"
    UNHEALTHY = "unhealthy"
    TERMINATING = "terminating"
    TERMINATED = "terminated"
    PREEMPTED = "preempted"


GONE: Final = frozenset({InstanceStatus.TERMINATED, InstanceStatus.PREEMPTED})
"""Nothing runs any more and nothing is billed."""
ENDING: Final = GONE | {InstanceStatus.TERMINATING}


class Region(Wire):
    name: str


class Specs(Wire):
    vcpus: int
    memory_gib: int
    gpus: int


class InstanceType(Wire):
    name: str
    description: str
    price_cents_per_hour: int
    specs: Specs
    architecture: str | None = None
    """Absent in the specification, present live: `x86_64` or `arm64`."""

    @property
    def is_x86(self) -> bool:
        """By its name where the answer does not say: GH200 and GB200 have ARM processors."""
        if self.architecture is not None:
            return self.architecture == "x86_64"
        return not re.search(r"_g[bh]\d+", self.name)

    @property
    def gpu_memory_gb(self) -> int:
        """As the description says it, `1x A10 (24 GB PCIe)`; 0 where it does not."""
        found = re.search(r"\((\d+) GB", self.description)
        return int(found[1]) if found else 0


class InstanceTypeOffer(Wire):
    """One entry of GET /instance-types."""

    instance_type: InstanceType
    regions_with_capacity_available: tuple[Region, ...]


class Instance(Wire):
    """`name` and `ip` may be absent; an `ip` says nothing of readiness, it appears while the machine still boots."""

    id: str
    status: InstanceStatus
    region: Region
    instance_type: InstanceType
    name: str | None = None
    ip: str | None = None


class SshKey(Wire):
    id: str
    name: str
    public_key: str


class Image(Wire):
    family: str
    region: Region
    architecture: str


class LaunchRequest(Wire):
    """The body of a launch; `user_data` carries a private host key and is never logged."""

    region_name: str
    instance_type_name: str
    ssh_key_names: tuple[str]
    name: str
    image: dict[str, str]
    user_data: str
