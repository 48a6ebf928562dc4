"""What goes wrong with a request, as an answer: one status for each kind of error, the reason in words.

| status | when |
|---|---|
| 400 | not HTTP, no JSON, a tensor or a setting that is not possible |
| 401 | no token, or another one |
| 403 | a Host or an Origin that is not allowed |
| 404, 405 | no such address; an address that is not asked in this way |
| 408 | the request did not come in time |
| 413, 414, 431 | the body, the address, the head is too large |
| 415 | a body of another kind |
| 422 | a sound request with data that cannot be read |
| 429, 503 | too much is asked at once; not ready yet, or no longer |
| 504 | the answer took too long |
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import json
from collections.abc import AsyncIterator, Mapping
from typing import NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from lamina.errors import DataError, LaminaError, NonFiniteError, RequestError, SettingError, ShapeError

STATUSES: Mapping[type[LaminaError], int] = {DataError: 422, NonFiniteError: 422, SettingError: 400, ShapeError: 400}
"""The status of an error that was not raised as a RequestError; of any other kind it is 500."""
HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "1"},
    503: {"Retry-After": "1"},
}


def refuse(status: int, why: str) -> NoReturn:
    """Stop answering a request."""
    raise RequestError(status, why)


def status_of(error: LaminaError) -> int:
    """The status that tells of an error.

    Example:
        >>> from lamina.errors import DataError
        >>> status_of(DataError("photo.png: a truncated picture"))
        422
    """
    if isinstance(error, RequestError):
        return error.status
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)


def refusal(status: int, why: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that tells why there is none: `{"error": "..."}`."""
    body = json.dumps({"error": why})
    return Response(body, status, {**HEADERS.get(status, {}), **(headers or {})}, "application/json")


def raw_refusal(error: RequestError) -> bytes:
    """The same as it goes over a connection that is closed then, for what never becomes a request."""
    body = json.dumps({"error": error.why}).encode("ascii")
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **HEADERS.get(error.status, {}),
    }
    lines = [f"HTTP/1.1 {error.status} {http.HTTPStatus(error.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


async def _answer_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, LaminaError):
        raise error
    return refusal(status_of(error), str(error))


async def _answer_address(request: Request, error: Exception) -> Response:
    """What Starlette's routes refuse: an unknown address, another method."""
    if not isinstance(error, HTTPException):
        raise error
    words = {404: "there is nothing at this address", 405: f"this address does not take {request.method}"}
    return refusal(error.status_code, words.get(error.status_code, error.detail), error.headers)


HANDLERS: Mapping[type[Exception], ExceptionHandler] = {LaminaError: _answer_error, HTTPException: _answer_address}
"""For Starlette's `exception_handlers`."""


@contextlib.asynccontextmanager
async def within(seconds: float, status: int, why: str) -> AsyncIterator[None]:
    """Refuse what takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        refuse(status, why)
