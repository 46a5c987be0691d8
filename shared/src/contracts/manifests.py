"""Manifests: what an adapter and a dataset say about themselves, so that a receiver can refuse them."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, NonNegativeInt, PositiveInt

from contracts.base import Contract
from contracts.extraction import Extraction

Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FileEntry(Contract):
    sha256: Sha256
    size: NonNegativeInt


class BaseModelRef(Contract):
    """The frozen model that an adapter belongs to."""

    name: str
    """A Hugging Face id or the name of a shipped base model: `larder-tiny`."""
    sha256: Sha256
    """Over the config and the weights; see `contracts.hashing.base_model_ref`."""
    tokenizer_sha256: Sha256


class AdapterManifest(Contract):
    """`manifest.json` beside an adapter; written last, never changed."""

    format: Literal[1] = 1
    sha256: Sha256
    """Names the adapter: over `adapter_config.json` and `adapter_model.safetensors`."""
    files: dict[str, FileEntry]
    base: BaseModelRef
    rank: PositiveInt
    alpha: PositiveInt
    target_modules: tuple[str, ...]
    target_format: PositiveInt
    """The version of the line format that the adapter writes (`reading.target.FORMAT`)."""


class DatasetManifest(Contract):
    """What a frozen dataset holds. A record never moves between train and held-out."""

    format: Literal[1] = 1
    sha256: Sha256
    """Over the rows of both parts, in order."""
    train: NonNegativeInt
    held_out: NonNegativeInt
    reference_version: str
    frozen_at: datetime


class LabelledRow(Contract):
    """One audited record: a line of LABELLED.jsonl and of a frozen dataset."""

    id: str
    text: str
    extraction: Extraction
