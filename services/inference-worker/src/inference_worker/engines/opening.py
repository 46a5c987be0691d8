"""Chooses the engine: by what is there when the setting is `auto`, and says which it took and why."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import structlog

from inference_worker.engines.base import BaseModelError, Engine
from inference_worker.engines.torch_engine import TorchEngine, choose_device
from inference_worker.engines.vllm_engine import VllmEngine

log = structlog.get_logger(__name__)


class Kind(StrEnum):
    AUTO = "auto"
    TORCH = "torch"
    TORCH_4BIT = "torch-4bit"
    OPENVINO = "openvino"
    OPENVINO_EXACT = "openvino-exact"
    VLLM = "vllm"


@dataclass(frozen=True)
class Wishes:
    """What the settings say of the engine; the defaults leave everything to the machine."""

    kind: Kind = Kind.AUTO
    device: str = "auto"
    dtype: str = "auto"
    threads: int = 0
    server: str = ""
    """The address of a vLLM server."""
    server_key: str | None = None


def open_engine(base: str | Path, wishes: Wishes = Wishes()) -> Engine:
    """Raises BaseModelError."""
    if wishes.kind is not Kind.AUTO:
        return _told(OPEN[wishes.kind](base, wishes), f"LARDER_ENGINE is {wishes.kind}")
    kind, why = suited(wishes)
    try:
        return _told(OPEN[kind](base, wishes), why)
    except BaseModelError as error:
        if kind is not Kind.OPENVINO:
            raise
        return _told(_torch(base, wishes), f"the openvino engine cannot run this model: {error}")


def suited(wishes: Wishes) -> tuple[Kind, str]:
    """What suits this machine, and why."""
    if wishes.server:
        return Kind.VLLM, "LARDER_VLLM_URL is set"
    if choose_device(wishes.device) != "cpu":
        return Kind.TORCH, "there is a GPU"
    if wishes.dtype != "auto":
        return Kind.TORCH, f"LARDER_DTYPE is {wishes.dtype}"
    if find_spec("openvino") is None:
        return Kind.TORCH, "there is no GPU, and the package openvino is not installed"
    return Kind.OPENVINO, "there is no GPU, and it is the fastest on a processor"


def _torch(base: str | Path, wishes: Wishes) -> Engine:
    return TorchEngine.open(base, device=wishes.device, dtype=wishes.dtype, threads=wishes.threads)


def _torch_4bit(base: str | Path, wishes: Wishes) -> Engine:
    return TorchEngine.open(base, device=wishes.device, threads=wishes.threads, four_bit=True)


def _openvino(base: str | Path, wishes: Wishes, *, quantise: bool = True) -> Engine:
    try:
        from inference_worker.engines.openvino_engine import OpenVinoEngine  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise BaseModelError(
            "The openvino engine needs its package: `pip install openvino`, or set LARDER_ENGINE=torch."
        ) from error
    return OpenVinoEngine.open(base, quantise=quantise, threads=wishes.threads)


def _openvino_exact(base: str | Path, wishes: Wishes) -> Engine:
    return _openvino(base, wishes, quantise=False)


def _vllm(base: str | Path, wishes: Wishes) -> Engine:
    if not wishes.server:
        raise BaseModelError("The vllm engine needs its server: set LARDER_VLLM_URL, as in http://gpu.example:8000.")
    return VllmEngine.open(base, wishes.server, wishes.server_key)


OPEN: Final[dict[Kind, Callable[[str | Path, Wishes], Engine]]] = {
    Kind.TORCH: _torch,
    Kind.TORCH_4BIT: _torch_4bit,
    Kind.OPENVINO: _openvino,
    Kind.OPENVINO_EXACT: _openvino_exact,
    Kind.VLLM: _vllm,
}


def _told(engine: Engine, why: str) -> Engine:
    log.info("engine chosen", engine=engine.name, why=why, base=engine.rules.base.name, sha256=engine.rules.base.sha256)
    return engine
