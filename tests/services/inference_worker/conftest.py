"""Toy models, made once for these tests."""

from pathlib import Path

import pytest
from toy_model import make_adapter, make_base

from inference_worker.engines.torch_engine import TorchEngine


@pytest.fixture(scope="session")
def toy_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def toy_engine(toy_base: Path) -> TorchEngine:
    return TorchEngine.open(toy_base, device="cpu", threads=1)


@pytest.fixture(scope="session")
def toy_adapter(toy_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_adapter(toy_base, tmp_path_factory.mktemp("adapter"))
