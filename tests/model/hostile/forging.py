"""Tools that forge model files: change what a good file says, and make the checksum fit again."""

from __future__ import annotations

import copy
import hashlib
import json
import struct
from collections.abc import Callable
from typing import Any

Header = dict[str, Any]
ZEROS = b"0" * 64
MARK = b'"sha256":"'


def parts(good: bytes) -> tuple[Header, bytes]:
    """The header and the tensors' bytes of a file."""
    length = struct.unpack("<Q", good[:8])[0]
    return json.loads(good[8 : 8 + length]), good[8 + length :]


def signed(header: bytes, body: bytes) -> bytes:
    """A file with this header and body whose checksum fits, if the header has a place for it."""
    data = struct.pack("<Q", len(header)) + header + body
    if MARK not in header:
        return data
    start = data.index(MARK) + len(MARK)
    digest = hashlib.sha256(data[:start] + data[start + 64 :]).hexdigest().encode()
    return data[:start] + digest + data[start + 64 :]


def text(header: Header) -> bytes:
    """A header as bytes, padded, with zeros where the checksum goes."""
    header = copy.deepcopy(header)
    if isinstance(header.get("__metadata__"), dict) and isinstance(header["__metadata__"].get("sha256"), str):
        header["__metadata__"]["sha256"] = ZEROS.decode()
    raw = json.dumps(header, separators=(",", ":")).encode()
    return raw + b" " * (-len(raw) % 8)


def with_header(good: bytes, change: Callable[..., object], *told: object) -> bytes:
    """The file whose header went through `change(header, *told)`, signed."""
    header, body = parts(good)
    change(header, *told)
    return signed(text(header), body)


def with_document(good: bytes, change: Callable[..., object], *told: object) -> bytes:
    """The file whose JSON document went through `change(document, *told)`, signed."""

    def change_document(header: Header) -> None:
        document = json.loads(header["__metadata__"]["lamina"])
        change(document, *told)
        header["__metadata__"]["lamina"] = json.dumps(document, sort_keys=True, separators=(",", ":"))

    return with_header(good, change_document)


def with_document_text(good: bytes, old: str, new: str) -> bytes:
    """The file with a text of its document replaced as it stands, signed."""

    def change(header: Header) -> None:
        document = header["__metadata__"]["lamina"]
        if old not in document:
            raise ValueError(f"{old} is not in the document")
        header["__metadata__"]["lamina"] = document.replace(old, new, 1)

    return with_header(good, change)


def with_header_text(good: bytes, old: bytes, new: bytes) -> bytes:
    """The file with bytes of its header replaced as they stand, signed."""
    header, body = parts(good)
    raw = text(header)
    if old not in raw:
        raise ValueError(f"{old!r} is not in the header")
    return signed(raw.replace(old, new, 1), body)
