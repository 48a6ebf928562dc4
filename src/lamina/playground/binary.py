"""Binary messages: a header in JSON, then arrays, so that maps and weights reach the page as they are."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.arrays import Numpy

STEP = 4
"""Arrays begin at multiples of so many bytes, so that a page can look at them without copying."""


def pack(header: Mapping[str, Any], arrays: Mapping[str, Numpy]) -> bytes:
    """A message: the header's length as 4 bytes, the header with the arrays' names, types and shapes, the arrays.

    Args:
        header: what JSON can hold, without "arrays".
        arrays: bytes or real numbers, in their order.

    Example:
        >>> message = pack({"kind": "frame"}, {"map/1": np.zeros((2, 2), np.uint8)})
        >>> unpack(message)[0]["arrays"]
        [{'name': 'map/1', 'type': 'uint8', 'shape': [2, 2]}]
    """
    own = {name: array if array.dtype == np.uint8 else array.astype("<f4") for name, array in arrays.items()}
    listed = [
        {"name": name, "type": "uint8" if array.dtype == np.uint8 else "float32", "shape": list(array.shape)}
        for name, array in own.items()
    ]
    text = json.dumps({**header, "arrays": listed}, allow_nan=False, separators=(",", ":")).encode()
    parts = [_filled(struct.pack("<I", len(text)) + text), *(_filled(array.tobytes()) for array in own.values())]
    return b"".join(parts)


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, Numpy]]:
    """The header and the arrays of a message."""
    (length,) = struct.unpack_from("<I", message)
    header = json.loads(message[STEP : STEP + length])
    place, found = _next(STEP + length), {}
    for one in header["arrays"]:
        kind = np.dtype(np.uint8 if one["type"] == "uint8" else "<f4")
        count = int(np.prod(one["shape"], dtype=np.int64))
        found[one["name"]] = np.frombuffer(message, kind, count, place).reshape(one["shape"])
        place = _next(place + count * kind.itemsize)
    return header, found


def _filled(data: bytes) -> bytes:
    return data + bytes(_next(len(data)) - len(data))


def _next(length: int) -> int:
    return -(-length // STEP) * STEP
