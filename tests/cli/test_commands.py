"""The `larder` command as a person runs it, with right and wrong input; no service runs here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def larder(*arguments: str | Path, home: Path) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"LARDER_HOME": str(home), "LARDER_URL": "http://127.0.0.1:9", "COLUMNS": "400"}
    environment.pop("LARDER_VERSIONS_DIR", None)
    command = [str(Path(sys.executable).with_name("larder")), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def write_lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" if not isinstance(row, str) else row + "\n" for row in rows))
    return path


def read_lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


MESSAGE = "Picked up 5 cases bananas and 3 boxes lettuce"


def test_one_message_is_read_without_a_service(tmp_path: Path) -> None:
    done = larder("extract", "--method", "regex", "--message", MESSAGE, home=tmp_path)
    row = json.loads(done.stdout)
    assert done.returncode == 0
    assert [(i["quantity"], i["unit"], i["name"]) for i in row["extraction"]["items"]] == [
        (5, "case", "bananas"),
        (3, "box", "lettuce"),
    ]


def test_nothing_but_the_answer_goes_to_standard_output(tmp_path: Path) -> None:
    done = larder("extract", "--method", "peft", "--version", "base", "--message", MESSAGE, home=tmp_path)
    assert json.loads(done.stdout)["method"] == "peft", done.stderr


def test_a_file_gives_one_line_for_each_line_in_the_same_order(tmp_path: Path) -> None:
    rows = [{"id": f"m{n}", "text": f"{n} boxes apples"} for n in range(1, 81)]
    source = write_lines(tmp_path / "in.jsonl", *rows)
    done = larder("extract", "--input", source, "--output", tmp_path / "out.jsonl", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [row["id"] for row in read_lines(tmp_path / "out.jsonl")] == [row["id"] for row in rows]


def test_an_unreadable_line_gets_a_line_of_its_own_and_a_failing_end(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "in.jsonl", {"id": "a", "text": MESSAGE}, "{broken", {"id": "b", "text": MESSAGE})
    done = larder("extract", "--input", source, "--output", tmp_path / "out.jsonl", home=tmp_path)
    first, second, third = read_lines(tmp_path / "out.jsonl")
    assert done.returncode == 1
    assert (first["id"], second["id"], second["line"], third["id"]) == ("a", None, 2, "b")


def test_a_run_that_was_cut_off_goes_on_where_it_ended(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "in.jsonl", *({"id": f"m{n}", "text": MESSAGE} for n in range(5)))
    output = tmp_path / "out.jsonl"
    larder("extract", "--input", source, "--output", output, home=tmp_path)
    whole = output.read_bytes()
    output.write_bytes(whole[: len(whole) // 2])
    done = larder("extract", "--input", source, "--output", output, home=tmp_path)
    assert done.returncode == 0
    assert [row["id"] for row in read_lines(output)] == [f"m{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["extract"], "Give either --message TEXT"),
        (["extract", "--input", "nowhere.jsonl", "--output", "out.jsonl"], "nowhere.jsonl cannot be read"),
        (["extract", "--method", "peft", "--message", "x"], "There is no trained version yet"),
        (["extract", "--method", "peft", "--version", "v9", "--message", "x"], "There is no version v9"),
        (["models", "history", "--at", "yesterday"], "yesterday is no date: write 2026-03-03"),
        (["models", "list"], "Larder does not answer at http://127.0.0.1:9"),
        (["import", "nowhere.zip"], "nowhere.zip does not exist"),
        (["validate", "--version", "v9"], "There is no version v9"),
        (["evaluate", "--gold", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["evaluate", "--gold", "nowhere.jsonl", "--method", "all"], "nowhere.jsonl cannot be read"),
        (["train", "v1"], "Larder does not answer"),
        (["train", "base-1a2b3c4d", "--data", "x.jsonl"], "is kept for the bare base model"),
        (["train", "../v1", "--data", "x.jsonl"], "A version's name is letters"),
    ],
)
def test_wrong_input_ends_with_one_sentence_and_status_one(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    done = larder(*arguments, home=tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_too_few_audited_records_are_refused_and_nothing_is_left_behind(tmp_path: Path) -> None:
    row = {
        "text": MESSAGE,
        "extraction": {"sections": [{"items": [{"name": "bananas", "quantity": 5, "unit": "case"}]}]},
    }
    data = write_lines(tmp_path / "labelled.jsonl", *({"id": f"r{n}", **row} for n in range(7)))
    done = larder("train", "v1", "--on", "local", "--data", data, home=tmp_path)
    assert done.returncode == 1
    assert "Not enough audited records: 7 of 10." in done.stderr
    assert not list((tmp_path / "versions").iterdir())


def test_scores_on_labelled_records_are_printed_as_json(tmp_path: Path) -> None:
    items = [{"name": "bananas", "quantity": 5, "unit": "case"}, {"name": "lettuce", "quantity": 3, "unit": "box"}]
    gold = write_lines(
        tmp_path / "gold.jsonl", {"id": "a", "text": MESSAGE, "extraction": {"sections": [{"items": items}]}}
    )
    done = larder("evaluate", "--gold", gold, "--method", "regex", "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["items_exact"]["f1"] == 1.0
