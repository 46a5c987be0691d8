"""The engine for processors against the reference."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_model import make_adapter
from transformers import LlamaConfig, LlamaForCausalLM

from contracts import Directory
from inference_worker.engines.base import BaseModelError, Job
from inference_worker.engines.opening import Kind, Wishes, open_engine
from inference_worker.engines.openvino_engine import OpenVinoEngine
from inference_worker.engines.torch_engine import TorchEngine
from inference_worker.grounded import grammar_of
from reading.prompt import pieces

TEXT = "picked up 5 cases bananas and 3 boxes lettuce from the market\n12 boxes market lettuce"


@pytest.fixture(scope="module")
def exact(toy_base: Path) -> OpenVinoEngine:
    return OpenVinoEngine.open(toy_base, quantise=False, threads=1)


def jobs_for(engine: TorchEngine | OpenVinoEngine, draft: tuple[int, ...] = (), limit: int = 30) -> list[Job]:
    return [
        Job(engine.encode_prompt(piece.prompt), limit, draft, grammar_of(piece, Directory(), engine.vocabulary))
        for piece in pieces(TEXT)
    ] + [Job(engine.encode_prompt("boxes lettuce"), limit, draft)]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(draft=st.lists(st.integers(2, 250), max_size=10))
def test_without_quantising_it_writes_what_the_reference_writes(exact, toy_engine: TorchEngine, draft: list[int]):
    """Masked and free, drafted and not, packed into one row: up to rounding."""
    wanted = toy_engine.decode(toy_engine.base, jobs_for(toy_engine))
    found = exact.decode(exact.base, jobs_for(exact, tuple(draft)))
    assert [answer.ids for answer in found] == [answer.ids for answer in wanted]
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(torch.tensor(ours.logprobs), torch.tensor(theirs.logprobs), atol=1e-3, rtol=1e-3)
        torch.testing.assert_close(torch.tensor(ours.margins), torch.tensor(theirs.margins), atol=1e-3, rtol=1e-3)


def test_an_adapter_reads_as_in_the_reference_and_leaves_the_base_as_it_was(exact, toy_engine, toy_adapter: Path):
    before = exact.decode(exact.base, jobs_for(exact))
    adapted = exact.decode(exact.load(toy_adapter, "a" * 64), jobs_for(exact))
    wanted = toy_engine.decode(toy_engine.load(toy_adapter, "a" * 64), jobs_for(toy_engine))
    assert [answer.ids for answer in adapted] == [answer.ids for answer in wanted]
    assert exact.decode(exact.base, jobs_for(exact)) == before
    assert [answer.ids for answer in adapted] != [answer.ids for answer in before]


def test_a_shared_beginning_is_read_once_and_changes_nothing(exact: OpenVinoEngine):
    beginning = "picked up from the market and " * 4
    prompts = [exact.encode_prompt(beginning + text) for text in ("5 boxes", "3 cases bananas")]
    alone = [exact.decode(exact.base, [Job(prompt, 12)])[0].ids for prompt in prompts]
    fed = exact.statistics.fed
    together = exact.decode(exact.base, [Job(prompt, 12) for prompt in prompts])
    assert [answer.ids for answer in together] == alone
    assert exact.statistics.fed - fed < sum(map(len, prompts))


def test_in_eight_bits_scores_stay_near_the_reference(toy_base: Path, toy_engine: TorchEngine):
    quantised = OpenVinoEngine.open(toy_base, threads=1)
    wanted = toy_engine.decode(toy_engine.base, jobs_for(toy_engine, limit=1))
    found = quantised.decode(quantised.base, jobs_for(quantised, limit=1))
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(torch.tensor(ours.logprobs), torch.tensor(theirs.logprobs), atol=0.5, rtol=0.1)


def test_untied_heads_grouped_queries_and_llama3_positions_are_those_of_transformers(toy_base: Path, tmp_path: Path):
    """Llama 3.2 scales its rotary positions, and others have a head of their own."""
    for file in toy_base.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.manual_seed(3)
    config = LlamaConfig.from_pretrained(toy_base)
    config.tie_word_embeddings, config.num_key_value_heads = False, 1
    config.rope_parameters = {
        "rope_type": "llama3", "rope_theta": 500.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    }  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(tmp_path)
    reference, ours = TorchEngine.open(tmp_path, device="cpu", threads=1), OpenVinoEngine.open(tmp_path, quantise=False)
    wanted = reference.decode(reference.base, jobs_for(reference))
    assert [a.ids for a in ours.decode(ours.base, jobs_for(ours))] == [answer.ids for answer in wanted]


def test_auto_takes_openvino_on_a_processor_and_torch_for_what_it_cannot_run(toy_base: Path, tmp_path: Path):
    assert open_engine(toy_base, Wishes(device="cpu")).name == "openvino"
    assert open_engine(toy_base, Wishes(device="cpu", dtype="float32")).name == "torch"
    assert open_engine(toy_base, Wishes(kind=Kind.TORCH, device="cpu")).name == "torch"
    for file in toy_base.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = LlamaConfig.from_pretrained(toy_base)
    config.attention_bias = True
    LlamaForCausalLM(config).save_pretrained(tmp_path)
    assert open_engine(tmp_path, Wishes(device="cpu")).name == "torch"
    with pytest.raises(BaseModelError, match="runs plain Llama models"):
        open_engine(tmp_path, Wishes(kind=Kind.OPENVINO))


def test_four_bits_without_a_gpu_are_refused_in_one_sentence(toy_base: Path):
    with pytest.raises(BaseModelError, match="needs a CUDA device"):
        open_engine(toy_base, Wishes(kind=Kind.TORCH_4BIT, device="cpu"))


def test_both_engines_verify_adapters_by_the_same_rules(exact: OpenVinoEngine, toy_engine: TorchEngine):
    assert exact.rules == toy_engine.rules


def test_generations_swapped_under_load_are_never_mixed(exact: OpenVinoEngine, toy_base: Path, tmp_path: Path):
    folders = [make_adapter(toy_base, tmp_path / str(n), seed=n) for n in range(2)]
    generations = [exact.load(folder, str(n)) for n, folder in enumerate(folders)]
    alone = [exact.decode(weights, jobs_for(exact)) for weights in generations]
    for n in (0, 1, 1, 0, 1):
        assert exact.decode(generations[n], jobs_for(exact)) == alone[n]


def test_nobody_is_told_that_openvino_runs(tmp_path: Path) -> None:
    """Its telemetry leaves a file at home when it is on; it is off by itself only in CI."""
    environment = {key: value for key, value in os.environ.items() if key not in {"CI", "TF_BUILD", "JENKINS_URL"}}
    command = [sys.executable, "-c", "import inference_worker.engines, openvino"]
    subprocess.run(command, env=environment | {"HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []
