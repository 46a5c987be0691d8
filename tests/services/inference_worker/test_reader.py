import math
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_engine import TEXT, FakeEngine
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_model import write_manifest

from contracts import Directory, Extraction, Item, Place, PlaceKind, Reference, Section
from contracts.manifests import BaseModelRef
from inference_worker.adapters import AdapterRefused
from inference_worker.confidence import Spelled, lines, with_confidence
from inference_worker.engines.base import Job, LoraRules, Weights, Written
from inference_worker.grounded import Vocabulary
from inference_worker.reader import LONGEST_MESSAGE, MessageRefused, Reader
from reading.cleaning import clean
from reading.grounding import squeeze

RULES = LoraRules(BaseModelRef(name="toy", sha256="0" * 64, tokenizer_sha256="0" * 64), {})


@pytest.fixture
def reader() -> Reader:
    return Reader(FakeEngine(RULES, {}), Weights("pears", "1" * 64))


def test_each_text_gets_its_reading_in_order(reader: Reader):
    readings = reader.read([TEXT, "nothing here", TEXT], Reference())
    assert [[item.name for item in reading.items] for reading in readings] == [["pears"], [], ["pears"]]
    assert readings[0].direction == "inbound"
    assert readings[0].items[0].unit == "box"


def test_no_texts_give_no_readings(reader: Reader):
    assert reader.read([], Reference()) == []


def test_all_pieces_of_all_texts_are_one_batch():
    engine = FakeEngine(RULES, {})
    Reader(engine, engine.base).read(
        [TEXT, TEXT + "\n" + "\n".join(f"{n} boxes figs" for n in range(1, 20))], Reference()
    )
    assert len(engine.batches) == 1
    assert engine.batches[0] > 4


def test_a_draft_of_another_reading_is_accepted(reader: Reader):
    draft = Extraction(sections=(Section(items=(Item(name="apples", quantity=3, unit="box"),)),))
    assert reader.read([TEXT, TEXT], Reference(), [draft, None]) == reader.read([TEXT, TEXT], Reference())


def test_a_message_longer_than_slack_allows_is_refused(reader: Reader):
    with pytest.raises(MessageRefused, match="at most 40000 are read"):
        reader.read([TEXT, "a" * (LONGEST_MESSAGE + 1)], Reference())


def test_a_line_longer_than_the_models_context_is_refused(reader: Reader, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(FakeEngine, "context", 200)
    with pytest.raises(MessageRefused, match="too many for a model with 200"):
        reader.read([TEXT], Reference())


def test_every_field_of_a_reading_has_a_confidence(reader: Reader):
    sure = reader.read([TEXT], Reference())[0].confidence
    wanted = {"direction", "rescue_location", "drop_off_location"} | {
        f"sections.0.items.0.{field}" for field in ("quantity", "unit", "name")
    }
    assert set(sure) == wanted
    assert all(value == pytest.approx(math.exp(-0.1), abs=1e-4) for value in sure.values())


def test_a_bad_adapter_is_refused_before_it_is_loaded(toy_base: Path, toy_adapter: Path, tmp_path: Path):
    for file in toy_adapter.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    write_manifest(toy_base, tmp_path, target_format=9)
    with pytest.raises(AdapterRefused, match="format 9"):
        Reader.load(toy_base, tmp_path)


def test_a_reader_reads_offline_with_and_without_an_adapter(toy_base: Path, toy_adapter: Path):
    directory = Directory(places={"Depot": Place(aliases=("depot",), kind=(PlaceKind.HOME,))})
    for adapter in (None, toy_adapter):
        readings = Reader.load(toy_base, adapter).read([TEXT, "hello"], Reference(directory=directory))
        assert len(readings) == 2


def spelled(*tokens: tuple[str, float]) -> list[Spelled]:
    return [Spelled(text, math.log(sure), sure / 2) for text, sure in tokens]


def test_a_line_is_split_into_fields_with_the_mean_of_their_tokens():
    answer = spelled(
        ("5", 0.9), ("|", 0.5), ("|", 0.7), ("sweet", 0.8), ("corn", 0.2), ("\n", 0.1), ("@", 0.9), ("aldi", 0.9)
    )
    first, second = lines(answer)
    assert first.fields == ("5", "", "sweetcorn")
    assert [one.mean for one in first.sure] == pytest.approx([0.9, 0.7, math.sqrt(0.8 * 0.2)])
    assert [one.least for one in first.sure] == pytest.approx([0.9, 0.7, 0.2])
    assert [one.margin for one in first.sure] == pytest.approx([0.45, 0.35, 0.1])
    assert second.fields == ("@aldi",)


def test_equal_names_take_their_confidence_in_the_order_in_which_they_were_written():
    section = Section(location="Aldi", items=(Item(name="figs", quantity=1), Item(name="Figs", quantity=2)))
    answer = spelled(
        ("@aldi", 0.6), ("\n", 1), ("1", 0.9), ("||", 1), ("figs", 0.9), ("\n", 1), ("2", 0.3), ("||", 1), ("figs", 0.8)
    )
    read = with_confidence(Extraction(sections=(section,)), "", [answer])
    sure = read.confidence
    assert set(read.signals) == set(sure)
    assert sure["sections.0.location"] == pytest.approx(0.6)
    assert sure["sections.0.items.0.quantity"] == pytest.approx(0.9)
    assert sure["sections.0.items.1.quantity"] == pytest.approx(0.3)
    assert sure["sections.0.items.1.name"] == pytest.approx(0.8)


def test_a_field_without_a_trace_in_the_answer_gets_no_confidence():
    extraction = Extraction(sections=(Section(items=(Item(name="kale"),)),))
    read = with_confidence(extraction, "", [spelled(("nothing", 0.5))])
    assert (read.confidence, read.signals) == ({}, {})


class AnyAllowed(FakeEngine):
    """Tokens are bytes; writes any of those that the masks allow, and ends early."""

    vocabulary = Vocabulary([bytes([n]) for n in range(256)], [256], keeps_spaces=False)

    def __init__(self, context: int, seed: int) -> None:
        super().__init__(RULES, {})
        self.context = context
        self._random = random.Random(seed)

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(text.encode())

    encode_prompt = encode

    def text(self, ids: Sequence[int]) -> str:
        return bytes(ids).decode(errors="ignore")

    def decode(self, _: Weights, jobs: Sequence[Job]) -> list[Written]:
        return [self._written(job) for job in jobs]

    def _written(self, job: Job) -> Written:
        assert job.grammar is not None
        state, ids = job.grammar.start, []
        while len(ids) < job.limit and (moves := job.grammar.moves(state)) and not (256 in moves and len(ids) > 20):
            token = self._random.choice([*moves])
            if token == 256:
                break
            ids.append(token)
            state = moves[token]
        return Written(tuple(ids), (-0.1,) * len(ids), (0.8,) * len(ids), complete=True)


LISTS = st.builds(
    lambda line, count: "\n".join(line.format(n=n) for n in range(count)),
    st.sampled_from(["{n} boxes figs {n}", "{n} bags of kale, {n} cs", "took {n} -> {n}|"]), st.integers(0, 60),
)  # fmt: skip
LONG = LISTS | st.builds(lambda text, times: (text * times)[:4_000], st.text(max_size=300), st.sampled_from([1, 3, 40]))


@settings(max_examples=20)
@given(text=LONG, context=st.sampled_from([1024, 8192]), seed=st.integers(0, 99))
def test_any_message_is_read_from_its_own_words_or_refused_with_a_reason(text: str, context: int, seed: int):
    found = read_or_refused(text, context, seed)
    if isinstance(found, Extraction):
        assert all(squeeze(item.name) in squeeze(clean(text).text) for item in found.items)
    else:
        assert f"too many for a model with {context}" in str(found)


@pytest.mark.parametrize("line", ["{n} boxes of figs from farm {n}\n", "{n} cs kale {n}, ", "so on {n}. "])
def test_forty_thousand_characters_are_read(line: str):
    text = "".join(line.format(n=n) for n in range(4_000))[:LONGEST_MESSAGE]
    assert len(text) == LONGEST_MESSAGE
    assert isinstance(read_or_refused(text, 8192, 1), Extraction)


def read_or_refused(text: str, context: int, seed: int) -> Extraction | MessageRefused:
    engine = AnyAllowed(context, seed)
    try:
        (reading,) = Reader(engine, engine.base).read([text], Reference())
    except MessageRefused as refused:
        return refused
    return reading
