"""A base model of a few thousand random weights, and a dataset of a dozen audits."""

import itertools
import json
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from contracts import LabelledRow
from reading.prompt import pieces
from trainer_orchestrator.recipe.synthesize import messages
from trainer_orchestrator.recipe.tokenizer import train_tokenizer


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "tiny-base"
    texts = (piece.prompt for message in itertools.islice(messages(5), 60) for piece in pieces(message.text))
    tokenizer = train_tokenizer(texts, 400)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        tie_word_embeddings=True,
        bos_token_id=None,
        pad_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data", train=12, held_out=2)


@pytest.fixture
def audits(tmp_path: Path) -> Path:
    """None of them held out: a base of random weights takes long to read."""
    return write_dataset(tmp_path / "audits", train=12, held_out=0)


@pytest.fixture
def many_audits(tmp_path: Path) -> Path:
    """Enough for an inner split where 40 are."""
    return write_dataset(tmp_path / "many", train=42, held_out=0)


def write_dataset(folder: Path, train: int, held_out: int) -> Path:
    folder.mkdir()
    made = list(itertools.islice(messages(6), train + held_out))
    rows = [LabelledRow(id=f"r{i}", text=m.text, extraction=m.extraction) for i, m in enumerate(made)]
    places = {name: place.model_dump(mode="json") for m in made for name, place in m.directory.places.items()}
    (folder / "directory.json").write_text(json.dumps(places))
    for name, part in (("train", rows[:train]), ("held_out", rows[train:])):
        (folder / f"{name}.jsonl").write_text("".join(row.model_dump_json() + "\n" for row in part))
    return folder
