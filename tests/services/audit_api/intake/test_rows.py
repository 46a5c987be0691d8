"""Tables of texts become messages, or are refused with the line."""

import io
from contextlib import suppress
from datetime import UTC, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_api.intake.message import BadFile
from audit_api.intake.rows import parse_csv, parse_jsonl, parse_labelled, parse_xlsx

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def jsonl(*lines: str) -> list[tuple[str, str]]:
    return [(m.ts, m.text) for m in parse_jsonl("in.jsonl", "\n".join(lines).encode(), NOW)]


def workbook(*rows: list[object]) -> io.BytesIO:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    data.seek(0)
    return data


def test_rows_keep_their_order_in_time() -> None:
    found = parse_jsonl("in.jsonl", b'{"id": "b", "text": "x"}\n\n{"id": 7, "text": "y", "more": 1}\n', NOW)
    assert [(m.ts, m.text, m.channel) for m in found] == [("b", "x", "import"), ("7", "y", "import")]
    assert found[0].posted_at < found[1].posted_at


def test_a_row_twice_is_one_row() -> None:
    assert jsonl('{"id": "a", "text": "x"}', '{"id": "a", "text": "x"}') == [("a", "x")]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (['{"id": "a", "text": "x"}', "{"], "in.jsonl, line 2: it is not the JSON that is expected"),
        (['{"id": "a", "text": "x"}', '{"id": "a", "text": "y"}'], 'line 2: id "a" stands above with another text'),
        (['{"text": "x"}'], 'line 1: "id" is missing or no text'),
        (['{"id": "a", "text": null}'], 'line 1: "text" is missing or no text'),
        (['{"id": " ", "text": "x"}'], "line 1: its id is empty"),
        (['{"id": "a", "text": " "}'], "line 1: its text is empty"),
        (["[1]"], "line 1: it is no object"),
        ([""], "it holds no rows"),
        (["[" * 100_000], "line 1"),
    ],
)
def test_a_bad_line_is_named(lines: list[str], complaint: str) -> None:
    with pytest.raises(BadFile) as refusal:
        jsonl(*lines)
    assert complaint in str(refusal.value)


def test_labels_come_with_their_extraction() -> None:
    extraction = '{"direction": "inbound", "items": [{"name": "kale", "quantity": 2, "unit": "case"}]}'
    ((message, label),) = parse_labelled(
        "l.jsonl", f'{{"id": "a", "text": "x", "extraction": {extraction}}}'.encode(), NOW
    )
    assert (message.ts, label.extraction.items[0].name) == ("a", "kale")


@pytest.mark.parametrize(
    ("extraction", "complaint"),
    [
        ('{"direction": "sideways"}', "line 1: extraction.direction: Input should be"),
        ("7", 'line 1: "extraction" must be an object.'),
        ('{"sections": 7}', "line 1: extraction.sections: Input should be"),
        ('{"sections": [7]}', "line 1: extraction.sections.0: Input should be"),
        ('{"sections": [{"items": 7}]}', "line 1: extraction.sections.0.items: Input should be"),
        ('{"items": [7]}', "line 1: extraction.sections.0.items.0: Input should be"),
        ('{"items": [{"name": "kale", "quantity": "many"}]}', "line 1: extraction.sections.0.items.0.quantity: Input"),
        ('{"items": [{"food": "kale"}]}', "line 1: extraction.sections.0.items.0."),
    ],
)
def test_a_bad_label_is_named(extraction: str, complaint: str) -> None:
    with pytest.raises(BadFile) as refusal:
        parse_labelled("l.jsonl", f'{{"id": "a", "text": "x", "extraction": {extraction}}}'.encode(), NOW)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def labelled(*lines: str) -> list[tuple[str, str | None]]:
    found = parse_labelled("l.jsonl", "\n".join(lines).encode(), NOW)
    return [(message.ts, label.extraction.direction) for message, label in found]


def test_labels_from_windows_with_a_mark_empty_lines_numbers_for_ids_and_a_line_twice_lose_nothing() -> None:
    data = (
        b'\xef\xbb\xbf{"id": 7, "text": "2 cs kale", "extraction": {"direction": "inbound"}}\r\n\r\n   \r\n'
        b'{"id": "b", "text": "a\\r\\nb", "extraction": {}, "note": "kept elsewhere"}\r\n'
        b'{"id": "b", "text": "a\\r\\nb", "extraction": {}}'
    )
    found = parse_labelled("l.jsonl", data, NOW)
    assert [(message.ts, message.text) for message, _ in found] == [("7", "2 cs kale"), ("b", "a\nb")]
    assert found[0][1].extraction.direction == "inbound"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{broken", "it is not JSON (Expecting property name"),
        ("[1]", 'it is no object {"id", "text", "extraction"}.'),
        ('{"id": "a", "message": "x", "label": {}}', '"text" is missing; it has "message", "label".'),
        ('{"text": "x", "extraction": {}}', '"id" is missing.'),
        ('{"id": null, "text": "x", "extraction": {}}', '"id" must be text.'),
        ('{"id": true, "text": "x", "extraction": {}}', '"id" must be text.'),
        ('{"id": "a", "text": 7, "extraction": {}}', '"text" must be text.'),
        ('{"id": "a", "text": "x", "extraction": null}', '"extraction" must be an object.'),
    ],
)
def test_every_odd_line_is_complained_of_by_its_number(line: str, complaint: str) -> None:
    fine = '{"id": "fine", "text": "x", "extraction": {}}'
    with pytest.raises(BadFile) as refusal:
        labelled(fine, "", line, fine, line)
    first, second = str(refusal.value).split(" Line 5: ")
    assert first.startswith(f"l.jsonl, line 3: {complaint}")
    assert second.startswith(complaint)


def test_of_very_many_odd_lines_the_first_are_told_and_the_others_counted() -> None:
    with pytest.raises(BadFile, match=r'line 1: "id" is missing\. .* Line 5: "id" is missing\. 95 more lines are like'):
        labelled(*['{"text": "x", "extraction": {}}'] * 100)


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        ('{"id": "a", "text": "y", "extraction": {}}', 'line 2: id "a" stands above with another text'),
        ('{"id": "a ", "text": "x", "extraction": {"direction": "inbound"}}', "stands above with another reading"),
    ],
)
def test_an_id_with_two_meanings_is_refused(second: str, complaint: str) -> None:
    with pytest.raises(BadFile, match=complaint):
        labelled('{"id": "a", "text": "x", "extraction": {}}', second)


def test_csv_columns_are_found_by_their_titles() -> None:
    data = '\ufeffText,note,ID\n"2 cs kale,\n1 bag rice",x,a\n,,\nbread,,b'.encode()
    assert [(m.ts, m.text) for m in parse_csv("t.csv", data, NOW)] == [("a", "2 cs kale,\n1 bag rice"), ("b", "bread")]


def test_xlsx_ids_look_as_typed() -> None:
    found = parse_xlsx("t.xlsx", workbook(["id", "text"], [7, "2 cs kale"], [8.5, "bread"], [None, None]), NOW)
    assert [(m.ts, m.text) for m in found] == [("7", "2 cs kale"), ("8.5", "bread")]


def test_a_table_without_the_columns_is_refused() -> None:
    with pytest.raises(BadFile, match=r't\.csv, line 1: there is no column "text"'):
        parse_csv("t.csv", b"id,message\n1,x", NOW)
    with pytest.raises(BadFile, match=r"t\.csv, line 2: it is not UTF-8"):
        parse_csv("t.csv", b"id,text\n1,\xff", NOW)
    with pytest.raises(BadFile, match="not a readable XLSX"):
        parse_xlsx("t.xlsx", io.BytesIO(b"PK nothing"), NOW)
    with pytest.raises(BadFile, match="row 2: its text is empty"):
        parse_xlsx("t.xlsx", workbook(["id", "text"], ["a", None]), NOW)


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_refused(data: bytes) -> None:
    for parse in (parse_jsonl, parse_csv, parse_labelled):
        with suppress(BadFile):
            assert parse("any", data, NOW)
