"""The body of a request: read within its limits, of the kind that is needed, its JSON without a doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request

from lamina.model.strict_json import RefusedError, read_json
from lamina.web.heads import too_large
from lamina.web.limits import Limits
from lamina.web.refusing import refuse

SMALL_BYTES = 65_536
"""A larger document is parsed on a thread, so that others are answered meanwhile."""
JSON = ("application/json", "")
"""The kinds of body that are JSON; clients that name none mean it."""


def media_type(request: Request) -> str:
    """What a body is, in lower case without parameters; "" where that is not said.

    Raises:
        RequestError: 415: a body that was compressed, or text that is not UTF-8.
    """
    if request.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        refuse(415, "a body must not be compressed")
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "").partition("charset=")[2]
    if charset and charset not in ("utf-8", "us-ascii"):
        refuse(415, "a body of text must be UTF-8")
    return kind.strip().lower()


async def read_body(request: Request, limits: Limits) -> bytes:
    """All bytes of a body; its connection gives up one that comes too slowly.

    Raises:
        RequestError: 413, or 400 where it ends too early.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limits.body_bytes:
                raise too_large(limits)
            parts.append(part)
    except ClientDisconnect:
        refuse(400, "the body of the request ended too early")
    return b"".join(parts)


async def read_json_body(request: Request, limits: Limits) -> dict[str, Any]:
    """The object that a body is.

    Raises:
        RequestError: 415, 413; 400 where it is no JSON of the strict form.
    """
    if media_type(request) not in JSON:
        refuse(415, "a body of application/json is needed")
    return await parse_json(await read_body(request, limits), limits)


async def parse_json(data: bytes, limits: Limits) -> dict[str, Any]:
    """The object that bytes are: no key twice, no NaN, no half of a character, no endless nesting.

    Raises:
        RequestError: 400.
    """
    if len(data) <= SMALL_BYTES:
        return _parsed(data, limits)
    return await asyncio.to_thread(_parsed, data, limits)


def require_known(document: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    """Refuse a key that means nothing: it would be ignored without a word.

    Raises:
        RequestError: 400.
    """
    unknown = sorted(document.keys() - known)
    if unknown:
        refuse(400, f"{where} has {ascii(unknown[0])[:80]}; it may have {', '.join(sorted(known))}")


def _parsed(data: bytes, limits: Limits) -> dict[str, Any]:
    try:
        return read_json(data.decode(), "the body", limits.numbers, limits.json_depth)
    except UnicodeDecodeError as error:
        refuse(400, f"the body is not UTF-8 at byte {error.start}")
    except RefusedError as error:
        refuse(400, str(error))
