"""The kind of a file is told by its bytes, and what is too big or broken is refused before anything is written."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from slack_exports import export, post, zipped

from audit_api.intake.archive import Bounds, FolderFiles
from audit_api.intake.message import BadFile
from audit_api.intake.parsing import Export, Kind, Parsed, Rows, parse_file, parse_folder

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def parsed(folder: Path, data: bytes, name: str = "file", kind: Kind = "auto", bounds: Bounds | None = None) -> Parsed:
    path = folder / "upload"
    path.write_bytes(data)
    return parse_file(name, path, kind, NOW, bounds or Bounds())


def test_a_zip_is_an_export_with_or_without_a_folder_around_it(tmp_path: Path) -> None:
    for prefix in ("", "Our group Mar 2025/"):
        found = parsed(tmp_path, zipped(export([post(1)]), prefix))
        assert isinstance(found, Export)
        assert len(found.messages) == 1


def test_uploads_and_rubbish_in_a_zip_are_not_read(tmp_path: Path) -> None:
    files = export([post(1)]) | {"attachments/F1.jpg": b"\xff\xd8", "__MACOSX/._users.json": b"\0\1"}
    assert len(parsed(tmp_path, zipped(files)).messages) == 1


def test_a_folder_is_an_export(tmp_path: Path) -> None:
    for name, data in export([post(1)]).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert len(parse_folder(tmp_path, Bounds()).messages) == 1


def test_a_workbook_is_told_from_an_export(tmp_path: Path) -> None:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in (["id", "text"], ["a", "2 cs kale"]):
        book.active.append(row)
    book.save(data)
    assert isinstance(parsed(tmp_path, data.getvalue()), Rows)


def test_text_files_are_told_by_their_first_character(tmp_path: Path) -> None:
    assert parsed(tmp_path, b'\xef\xbb\xbf {"id": "a", "text": "x"}').messages[0].ts == "a"
    assert parsed(tmp_path, b"id,text\nb,x\n", "list.txt").messages[0].ts == "b"


def test_labels_come_beside_their_rows(tmp_path: Path) -> None:
    found = parsed(tmp_path, b'{"id": "a", "text": "x", "extraction": {}}', kind="audited")
    assert isinstance(found, Rows)
    assert [label.id for label in found.labels] == ["a"]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04 cut short", "not a zip archive, or it is cut short"),
        (b"\xd0\xcf\x11\xe0 old", "an old Excel file"),
        (b'[{"text": "x"}]', "one JSON list"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, data: bytes, complaint: str) -> None:
    with pytest.raises(BadFile, match=complaint):
        parsed(tmp_path, data, "messages")


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    data = zipped(export([post(1, "kale " * 50)]))
    place = data.index(b"pickups/2025-03-01.json", 200) + 40
    broken = data[:place] + b"\xff" * 8 + data[place + 8 :]
    with pytest.raises(BadFile, match=r"export\.zip/pickups/2025-03-01\.json: it cannot be unpacked"):
        parsed(tmp_path, broken, "export.zip")


def test_bounds_hold_for_what_a_zip_claims_and_for_what_it_gives(tmp_path: Path) -> None:
    data = zipped(export([post(1, "x" * 5000)]))
    for bounds in (Bounds(files=2), Bounds(file_bytes=1000), Bounds(total_bytes=4000)):
        with pytest.raises(BadFile, match=r"it holds more than|it is too large"):
            parsed(tmp_path, data, bounds=bounds)


def test_a_member_that_gives_more_than_it_claims_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"users.json": b"[" + b" " * 5000 + b"]", "c/2025-03-01.json": b"[]"}))
    info = zipfile.ZipFile(io.BytesIO(bytes(data))).getinfo("users.json")
    size = info.file_size.to_bytes(4, "little")
    lying = bytes(data).replace(size, (10).to_bytes(4, "little"))
    with pytest.raises(BadFile):
        parsed(tmp_path, lying, bounds=Bounds(file_bytes=1000))


def test_a_folder_has_bounds_too(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_bytes(b"[" + b" " * 2000 + b"]")
    with pytest.raises(BadFile, match="it holds more than"):
        FolderFiles(tmp_path, Bounds(file_bytes=1000))
