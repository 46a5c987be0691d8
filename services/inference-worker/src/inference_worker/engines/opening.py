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

log = structlog.get_logger(__name__)


class Kind(StrEnum):
    AUTO = "auto"
    TORCH = "torch"
    TORCH_4BIT = "torch-4bit"
    OPENVINO = "openvino"
    OPENVINO_EXACT = "openvino-exact"


@dataclass(frozen=True)
class Wishes:
    """What the settings say of the engine; the defaults leave everything to the machine."""

    kind: Kind = Kind.AUTO
    device: str = "auto"
    dtype: str = "auto"
    threads: int = 0


def open_engine(base: str | Path, wishes: Wishes = Wishes()) -> Engine:
    """Raises BaseModelError."""
    if wishes.kind is not Kind.AUTO:
        return _told(OPEN[wishes.kind](base, wishes), f"LARDER_ENGINE is {wishes.kind}")
    if choose_device(wishes.device) != "cpu":
        return _told(_torch(base, wishes), "there is a GPU")
    if wishes.dtype != "auto":
        return _told(_torch(base, wishes), f"LARDER_DTYPE is {wishes.dtype}")
    if find_spec("openvino") is None:
        return _told(_torch(base, wishes), "there is no GPU, and the package openvino is not installed")
    try:
        return _told(_openvino(base, wishes), "there is no GPU, and it is the fastest on a processor")
    except BaseModelError as error:
        return _told(_torch(base, wishes), f"the openvino engine cannot run this model: {error}")


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


OPEN: Final[dict[Kind, Callable[[str | Path, Wishes], Engine]]] = {
    Kind.TORCH: _torch,
    Kind.TORCH_4BIT: _torch_4bit,
    Kind.OPENVINO: _openvino,
    Kind.OPENVINO_EXACT: _openvino_exact,
}


def _told(engine: Engine, why: str) -> Engine:
    log.info("engine chosen", engine=engine.name, why=why, base=engine.rules.base.name, sha256=engine.rules.base.sha256)
    return engine
