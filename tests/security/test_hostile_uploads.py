"""Hostile files: each is refused, and Larder's own memory stays where it was.

`LARDER_HOSTILE_UPLOADS=1000` sends that many; the suite sends two of each kind.
"""

import io
import json
import os
import random
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator

import psutil
import pytest
from audit_api_client import Api, audit_api_on

pytestmark = pytest.mark.integration

MIB = 1024 * 1024
GROWTH = 64 * MIB
"""What the process may hold more at the end than after the first round: caches and fragmentation."""


def archive(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/"), content)
    return data.getvalue()


def day(content: bytes, **more: bytes) -> bytes:
    return archive(**{"users.json": b"[]", "pickups__2025-01-01.json": content, **more})


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(4, len(data) - 1)]


def lying(data: bytes) -> bytes:
    """The sizes in a zip's directory say little; what comes out is more."""
    return data.replace(len(b"[" + b" " * 140 * MIB).to_bytes(4, "little"), (10).to_bytes(4, "little"))


KINDS: dict[str, Callable[[random.Random], bytes]] = {
    "nothing": lambda _: b"",
    "noise": lambda chance: b"\xff" + chance.randbytes(2000),
    "noise that begins as a zip": lambda chance: b"PK\x03\x04" + chance.randbytes(2000),
    "a zip that is cut short": lambda chance: cut(day(b"[]" + chance.randbytes(400)), chance),
    "a zip bomb": lambda _: day(b"[" + b" " * 140 * MIB),
    "a zip bomb that lies about its size": lambda _: lying(day(b"[" + b" " * 140 * MIB)),
    "a zip inside a zip": lambda _: archive(**{"inner.zip": day(b"[]")}),
    "paths that lead out": lambda _: archive(**{"..__..__etc__passwd": b"x", "__root__users.json": b"[]"}),
    "deep JSON": lambda _: day(b"[" * 200_000),
    "many small objects": lambda _: day(b"[" + b"{}," * 12 * MIB + b"{}]"),
    "a number too long": lambda _: day(b"[" + b"9" * 100_000 + b"]"),
    "a list of no messages": lambda chance: day(json.dumps([chance.random()]).encode()),
    "one JSON list": lambda _: b"[1, 2]",
    "deep JSON in a line": lambda _: b'{"id": "a", "text": ' + b"[" * 200_000,
    "a line without an end": lambda _: b'{"id": "a", "text": "' + b"x" * 3 * MIB,
    "rows without an id": lambda chance: b'{"text": "%d"}\n' % chance.randrange(999),
    "text that is not UTF-8": lambda _: b"id,text\n1,\xe9\n",
    "CSV with a field too long": lambda _: b"id,text\n1," + b"x" * 300_000,
    "CSV without columns": lambda chance: b"%d;b\n" % chance.randrange(999),
    "an XLSX without its parts": lambda chance: archive(**{"xl__workbook.xml": chance.randbytes(50)}),
    "an XLSX with endless entities": lambda _: archive(
        **{
            "xl__workbook.xml": b'<!DOCTYPE l [<!ENTITY a "'
            + b"x" * 9999
            + b'"><!ENTITY b "'
            + b"&a;" * 9999
            + b'">]><l>&b;</l>'
        }
    ),
    "an old Excel file": lambda _: b"\xd0\xcf\x11\xe0" + b"\0" * 600,
}


@pytest.fixture
async def api(postgres_url: str) -> AsyncIterator[Api]:
    limits = {"LARDER_IMPORT_MEMORY_MIB": 384, "LARDER_IMPORT_PATIENCE_SECONDS": 120}
    async with audit_api_on(postgres_url, **limits) as found:
        yield found


def uploads() -> Iterator[tuple[str, bytes]]:
    """Every kind twice, or as many as were asked for."""
    wanted = int(os.environ.get("LARDER_HOSTILE_UPLOADS", "0")) or 2 * len(KINDS)
    chance = random.Random(7)
    heavy = {name: make(chance) for name, make in KINDS.items() if "bomb" in name or "small objects" in name}
    for number in range(wanted):
        name = list(KINDS)[number % len(KINDS)]
        yield name, heavy.get(name) or KINDS[name](chance)


@pytest.mark.timeout(3600)
async def test_every_hostile_file_is_refused_and_memory_stays_flat(api: Api) -> None:
    process, before, passed = psutil.Process(), 0, {}
    for number, (kind, data) in enumerate(uploads()):
        answer = await api.client.post("/api/imports", files={"file": ("upload", data)}, timeout=200)
        if not 400 <= answer.status_code < 500:
            passed[kind] = (answer.status_code, answer.text)
        if number == len(KINDS) - 1:
            before = process.memory_info().rss
    assert passed == {}
    assert process.memory_info().rss - before < GROWTH
    assert await api.rows("SELECT 1 FROM messages") == []
