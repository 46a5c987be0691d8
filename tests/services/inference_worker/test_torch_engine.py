import itertools
import threading
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peft import PeftModel
from toy_model import make_adapter
from transformers import LlamaForCausalLM

from inference_worker.adapters import read_lora
from inference_worker.engines.base import BaseModelError, Job, Weights
from inference_worker.engines.lora import extend, share
from inference_worker.engines.torch_engine import TorchEngine

PROMPTS = [
    "picked up 5 cases bananas",
    "a",
    "from the market and 3 boxes lettuce picked up, 12 lettuce from market picked up 5 cases and more",
    "boxes boxes\nboxes",
    "3",
]


def jobs_for(engine: TorchEngine, limit: int = 40, drafts: list[tuple[int, ...]] | None = None) -> list[Job]:
    drafts = drafts or [()] * len(PROMPTS)
    return [Job(engine.encode_prompt(p), limit, d) for p, d in zip(PROMPTS, drafts, strict=True)]


def generated(model, engine: TorchEngine, prompt: str, limit: int) -> tuple[int, ...]:
    """What transformers' own greedy search writes, one prompt at a time."""
    ids = torch.tensor([engine.encode_prompt(prompt)])
    written = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=limit)[
        0, ids.shape[1] :
    ]
    ends = [model.config.eos_token_id, model.config.pad_token_id]
    listed = written.tolist()
    return tuple(listed[: next((n for n, token in enumerate(listed) if token == ends[0]), len(listed))])


def test_batched_decoding_writes_what_plain_greedy_generation_writes(toy_engine: TorchEngine, toy_base: Path):
    model = LlamaForCausalLM.from_pretrained(toy_base)
    written = toy_engine.decode(toy_engine.base, jobs_for(toy_engine))
    assert [answer.ids for answer in written] == [generated(model, toy_engine, prompt, 40) for prompt in PROMPTS]


def test_log_probabilities_are_those_of_one_forward_pass(toy_engine: TorchEngine, toy_base: Path):
    model = LlamaForCausalLM.from_pretrained(toy_base)
    for job, answer in zip(jobs_for(toy_engine), toy_engine.decode(toy_engine.base, jobs_for(toy_engine)), strict=True):
        ids = torch.tensor([job.prompt + answer.ids])
        expected = model(ids).logits.log_softmax(-1)[0, len(job.prompt) - 1 : -1]
        chosen = expected.gather(1, torch.tensor(answer.ids)[:, None])[:, 0]
        torch.testing.assert_close(torch.tensor(answer.logprobs), chosen, atol=1e-3, rtol=1e-3)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_draft_changes_what_is_written(toy_engine: TorchEngine, data):
    plain = [answer.ids for answer in toy_engine.decode(toy_engine.base, jobs_for(toy_engine))]
    drafts = [data.draw(spoilt(ids)) for ids in plain]
    drafted = toy_engine.decode(toy_engine.base, jobs_for(toy_engine, drafts=drafts))
    assert [answer.ids for answer in drafted] == plain


@st.composite
def spoilt(draw, ids: tuple[int, ...]) -> tuple[int, ...]:
    """A draft that is right in parts: some tokens replaced, some left out, some lines of its own."""
    changed = [draw(st.sampled_from([token, token, token, token, 5, 199])) for token in ids]
    start, stop = draw(st.integers(0, 3)), draw(st.integers(0, len(changed)))
    return tuple(changed[start:stop])


def test_a_right_draft_saves_steps(toy_engine: TorchEngine):
    before = toy_engine.statistics.steps
    plain = toy_engine.decode(toy_engine.base, jobs_for(toy_engine))
    without = toy_engine.statistics.steps - before
    toy_engine.decode(toy_engine.base, jobs_for(toy_engine, drafts=[answer.ids for answer in plain]))
    assert toy_engine.statistics.steps - before - without <= without / 8


def test_an_answer_ends_at_its_limit(toy_engine: TorchEngine):
    answers = toy_engine.decode(toy_engine.base, jobs_for(toy_engine, limit=3))
    assert all(len(answer.ids) <= 3 and len(answer.ids) == len(answer.logprobs) for answer in answers)


def test_nothing_to_decode_gives_nothing(toy_engine: TorchEngine):
    assert toy_engine.decode(toy_engine.base, []) == []


def test_an_adapter_reads_as_peft_reads_it(toy_engine: TorchEngine, toy_base: Path, toy_adapter: Path):
    peft = PeftModel.from_pretrained(LlamaForCausalLM.from_pretrained(toy_base), toy_adapter)
    written = toy_engine.decode(toy_engine.load(toy_adapter, "a" * 64), jobs_for(toy_engine))
    assert [answer.ids for answer in written] == [generated(peft, toy_engine, prompt, 40) for prompt in PROMPTS]
    assert written != toy_engine.decode(toy_engine.base, jobs_for(toy_engine))


def test_an_adapter_with_rank_stabilised_scale_reads_as_peft_reads_it(toy_engine, toy_base: Path, tmp_path: Path):
    adapter = make_adapter(toy_base, tmp_path, use_rslora=True)
    peft = PeftModel.from_pretrained(LlamaForCausalLM.from_pretrained(toy_base), adapter)
    written = toy_engine.decode(toy_engine.load(adapter, "a" * 64), jobs_for(toy_engine))
    assert [answer.ids for answer in written] == [generated(peft, toy_engine, prompt, 40) for prompt in PROMPTS]


def test_an_adapter_kept_beside_large_weights_reads_like_a_merged_one(toy_engine: TorchEngine, toy_adapter: Path):
    merged = toy_engine.load(toy_adapter, "a" * 64)
    beside = Weights(extend(toy_engine.base.model, read_lora(toy_adapter), merge=False), "a" * 64)
    jobs = jobs_for(toy_engine)
    assert [a.ids for a in toy_engine.decode(beside, jobs)] == [a.ids for a in toy_engine.decode(merged, jobs)]


def test_loading_an_adapter_leaves_the_base_as_it_was_and_shares_its_tensors(toy_engine, toy_adapter: Path):
    before = toy_engine.decode(toy_engine.base, jobs_for(toy_engine))
    loaded = toy_engine.load(toy_adapter, "a" * 64)
    assert toy_engine.decode(toy_engine.base, jobs_for(toy_engine)) == before
    base_tensors = {tensor.data_ptr() for tensor in toy_engine.base.model.parameters()}
    own = [name for name, tensor in loaded.model.named_parameters() if tensor.data_ptr() not in base_tensors]
    assert own
    assert all(name.split(".")[-2] in {"q_proj", "v_proj", "down_proj"} for name in own)


def test_a_second_tree_holds_no_second_copy_of_the_weights(toy_engine: TorchEngine):
    tree = share(toy_engine.base.model)
    pairs = zip(tree.parameters(), toy_engine.base.model.parameters(), strict=True)
    assert all(ours is theirs for ours, theirs in pairs)


def test_generations_swapped_under_load_are_never_mixed(toy_engine: TorchEngine, toy_base: Path, tmp_path: Path):
    """Adapters are loaded beside in one thread while another reads; each answer is that of its own generation."""
    folders = [make_adapter(toy_base, tmp_path / str(n), seed=n) for n in range(3)]
    jobs = jobs_for(toy_engine, limit=12)
    alone = [toy_engine.decode(toy_engine.load(folder, str(n)), jobs) for n, folder in enumerate(folders)]
    assert alone[0] != alone[1] != alone[2]
    serving, seen, stop = [toy_engine.load(folders[0], "0")], set(), threading.Event()

    def reload() -> None:
        """At least 30 swaps, and as many more as it takes until the reader has met two generations."""
        for n in itertools.count():
            serving[0] = toy_engine.load(folders[n % 3], str(n % 3))
            if n >= 30 and len(seen) > 1:
                break
        stop.set()

    loader = threading.Thread(target=reload)
    loader.start()
    while not stop.is_set():
        weights = serving[0]
        assert [a.ids for a in toy_engine.decode(weights, jobs)] == [a.ids for a in alone[int(weights.sha256)]]
        seen.add(weights.sha256)
    loader.join()
    assert len(seen) > 1


@pytest.mark.parametrize("base", ["/nowhere/base", "models/not-there", "./x/y"])
def test_a_missing_base_folder_is_told_in_one_sentence(base: str):
    with pytest.raises(BaseModelError, match=r"There is no base model folder at .* set LARDER_BASE_MODEL"):
        TorchEngine.open(base)


def test_a_folder_without_weights_is_told_in_one_sentence(tmp_path: Path):
    with pytest.raises(BaseModelError, match="is no base model"):
        TorchEngine.open(tmp_path)


def test_a_damaged_base_model_is_told_in_one_sentence(toy_base: Path, tmp_path: Path):
    for file in toy_base.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes((toy_base / "model.safetensors").read_bytes()[:5000])
    with pytest.raises(BaseModelError, match="cannot be loaded"):
        TorchEngine.open(tmp_path)
