"""What the trainer asks of audit-api: readiness, a frozen dataset and its files, and which versions exist.

An unreachable or failing audit-api is Transient; an answer that refuses is a Refusal with audit-api's own sentence.
"""

import asyncio
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from contracts import LabelledRow
from trainer_orchestrator.errors import Refusal, StepFailed, Transient
from trainer_orchestrator.run import Dataset, Reason

TRAIN = "train.jsonl"
HELD_OUT = "held_out.jsonl"
DIRECTORY = "directory.json"
RETRIED = frozenset({408, 425, 429})


class Readiness(BaseModel):
    """How many audited records there are, and how many a training needs."""

    audited: int
    needed: int
    ready: bool

    @property
    def sentence(self) -> str:
        return f"Not enough audited records: {self.audited} of {self.needed}."


class AuditApi:
    """A client of audit-api's HTTP face; `http` carries the base address."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def readiness(self) -> Readiness:
        return Readiness.model_validate_json((await self._get("/api/datasets/readiness")).content)

    async def check_readiness(self) -> None:
        """Raises Refusal NOT_ENOUGH_AUDITED_RECORDS when there is too little to train on."""
        found = await self.readiness()
        if not found.ready:
            raise Refusal(409, "NOT_ENOUGH_AUDITED_RECORDS", found.sentence)

    async def has_version(self, version: str) -> bool:
        response = await self._send("GET", f"/api/models/{version}")
        return response.status_code != httpx.codes.NOT_FOUND and bool(_checked(response))

    async def freeze(self, run_id: str) -> Dataset:
        """The run's frozen dataset; the same one however often it is asked for."""
        response = _checked(await self._send("POST", "/api/datasets", json={"run_id": run_id}))
        return Dataset.model_validate_json(response.content)

    async def collect(self, dataset: Dataset, folder: Path, *, pseudonymous: bool) -> None:
        """Write the dataset's files and the directory into `folder`, whole or not at all; does nothing when there.

        `pseudonymous`: without members' names, for another machine than this server.
        """
        if await asyncio.to_thread(folder.exists):
            return
        asked = "?pseudonymous=true" if pseudonymous else ""
        files = {
            TRAIN: await self._rows(dataset, TRAIN, dataset.train, asked),
            HELD_OUT: await self._rows(dataset, HELD_OUT, dataset.held_out, asked),
            DIRECTORY: (await self._get("/api/directory")).content,
        }
        await asyncio.to_thread(_write_folder, folder, files)

    async def _rows(self, dataset: Dataset, name: str, expected: int, asked: str) -> bytes:
        content = (await self._get(f"/api/datasets/{dataset.id}/{name}{asked}")).content
        rows = sum(1 for line in content.splitlines() if line.strip())
        if rows != expected:
            raise Transient(f"{name} came with {rows} of {expected} rows.")
        return content

    async def _get(self, path: str) -> httpx.Response:
        return _checked(await self._send("GET", path))

    async def _send(self, method: str, path: str, json: dict[str, Any] | None = None) -> httpx.Response:
        try:
            response = await self._http.request(method, path, json=json)
        except httpx.TransportError as error:
            raise Transient(f"audit-api does not answer: {error!r}") from error
        if response.is_server_error or response.status_code in RETRIED:
            raise Transient(f"audit-api answered {response.status_code}")
        return response


def check_rows(folder: Path) -> None:
    """Every row is what the recipe reads. Raises StepFailed DATA_REFUSED before a machine is paid for."""
    for name in (TRAIN, HELD_OUT):
        for number, line in enumerate((folder / name).read_text().splitlines(), 1):
            try:
                LabelledRow.model_validate_json(line)
            except ValidationError as error:
                sentence = (
                    f"Row {number} of {name} cannot be read ({error.errors()[0]['msg']}); audit that record again."
                )
                raise StepFailed(Reason.DATA_REFUSED, sentence) from error


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    half = folder.with_name(folder.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    for name, content in files.items():
        (half / name).write_bytes(content)
    half.rename(folder)


def _checked(response: httpx.Response) -> httpx.Response:
    """The response, or a Refusal in audit-api's words."""
    if response.is_success:
        return response
    error = _error_of(response)
    raise Refusal(response.status_code, error["code"], error["message"])


def _error_of(response: httpx.Response) -> dict[str, Any]:
    try:
        return dict(response.json()["error"])
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        sentence = f"audit-api answered {response.status_code} to {response.request.url.path}."
        return {"code": "AUDIT_API_REFUSED", "message": sentence}
