import math
from pathlib import Path

import pytest
from fake_engine import TEXT, FakeEngine
from toy_model import write_manifest

from contracts import Directory, Extraction, Item, Place, PlaceKind, Reference, Section
from contracts.manifests import BaseModelRef
from inference_worker.adapters import AdapterRefused
from inference_worker.confidence import Spelled, lines, with_confidence
from inference_worker.engines.base import LoraRules, Weights
from inference_worker.reader import LONGEST_MESSAGE, MessageRefused, Reader

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
