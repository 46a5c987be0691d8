import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_cli.errors import Refused
from larder_cli.lines import Message, Unreadable, parse_message, read_labelled, read_messages, read_reference


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_an_unreadable_line(line: bytes) -> None:
    assert isinstance(parse_message(1, line), Message | Unreadable)


@given(st.text(), st.text())
def test_an_object_with_id_and_text_is_a_message(name: str, text: str) -> None:
    assert parse_message(1, json.dumps({"id": name, "text": text}).encode()) == Message(name, text)


def test_blank_lines_keep_their_place(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(b'{"id": 1, "text": "a"}\n\n{"id": 2, "text": "b"}\n')
    kinds = [type(line).__name__ for line in read_messages(file)]
    assert kinds == ["Message", "Unreadable", "Message"]


def test_a_missing_file_is_named_in_the_refusal(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"nowhere\.jsonl cannot be read"):
        list(read_messages(tmp_path / "nowhere.jsonl"))


def test_a_broken_labelled_line_is_named_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"id": "a", "text": "t", "extraction": {"direction": "inbound"}}\n{"id": "b"}\n')
    with pytest.raises(Refused, match=r"labelled\.jsonl, line 2"):
        read_labelled(file)


@pytest.mark.parametrize("content", ["[]", "{", '{"A": {"aliases": "x"}}', '{"A": {"kind": ["moon"]}}'])
def test_a_file_that_is_no_directory_is_refused_in_one_sentence(content: str, tmp_path: Path) -> None:
    file = tmp_path / "locations.json"
    file.write_text(content)
    with pytest.raises(Refused, match="is not a directory of places"):
        read_reference(file)


def test_notes_in_a_directory_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "locations.json"
    file.write_text('{"_notes": "x", "Depot": {"aliases": ["dp"], "kind": ["home"]}}')
    assert read_reference(file).directory.home == "Depot"
