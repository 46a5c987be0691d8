"""Errors as the API gives them: a typed code, and one sentence that says what to do next."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import httpx
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from audit_api.database import is_gone, is_unkeepable

log = structlog.get_logger(__name__)


class RefusalDetail(BaseModel):
    code: str
    message: str


class Refusal(BaseModel):
    """The body of every answer from 400 up."""

    error: RefusalDetail


class ApiError(Exception):
    """A refusal with its HTTP status."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


def not_found(what: str, name: object) -> ApiError:
    return ApiError(404, "NOT_FOUND", f'There is no {what} "{name}".')


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: these statuses carry a Refusal."""
    return {status: {"model": Refusal} for status in (401, 403, 413, 422, 503, *statuses)}


def add_error_handlers(app: FastAPI) -> None:
    """Give every error the one shape."""
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for gone in (DBAPIError, PoolTimeout, asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError):
        app.add_exception_handler(gone, _database)
    app.add_exception_handler(Exception, _unexpected)


def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this class only
    return _answer(error.status, error.code, error.message, error.headers)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return _answer(422, "INVALID_REQUEST", f"{where}: {first['msg']}.")


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    if error.status_code == httpx.codes.BAD_REQUEST:  # FastAPI's, for a body that is no text at all
        return _answer(422, "INVALID_REQUEST", "body: it cannot be read; send JSON in UTF-8, or a file as a form.")
    return _answer(error.status_code, f"HTTP_{error.status_code}", str(error.detail))


def _database(request: Request, error: Exception) -> JSONResponse:
    if is_unkeepable(error):
        return _answer(422, "INVALID_REQUEST", "A text holds the character NUL, which cannot be kept; take it out.")
    if not is_gone(error):
        raise error
    log.warning("the database does not answer", path=request.url.path, reason=type(error).__name__)
    return _answer(503, "DATABASE_UNAVAILABLE", "The database does not answer; try again in a moment.")


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", path=request.url.path, exc_info=error)
    return _answer(500, "INTERNAL", "Something went wrong in the audit service; its log says what.")


def _answer(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    body = Refusal(error=RefusalDetail(code=code, message=message))
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)
