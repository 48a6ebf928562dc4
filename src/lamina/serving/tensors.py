"""Tensors of the Open Inference Protocol, version 2: as JSON, and as bytes behind it (the binary tensor extension)."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Shape
from lamina.web.bodies import require_known
from lamina.web.limits import Limits
from lamina.web.refusing import refuse

BYTES = "BYTES"
DATATYPES: Mapping[str, Any] = {
    "BOOL": np.bool_, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
    "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64, "FP16": np.float16,
    "FP32": np.float32, "FP64": np.float64, BYTES: np.object_,
}  # fmt: skip
"""The protocol's types that are taken; all but BYTES are NumPy's."""
KEYS = frozenset({"name", "shape", "datatype", "parameters", "data"})
PARAMETERS = frozenset({"binary_data_size", "rate_hz"})
TYPES: Mapping[str, set[type]] = {"b": {bool}, "f": {int, float}}
"""What JSON has for the values of NumPy's kinds; whole numbers for all others."""
MOST_AXES = 8
LENGTH = struct.Struct("<I")


@dataclasses.dataclass(frozen=True, eq=False)
class Tensor:
    """A named array.

    Args:
        name: as the model's metadata has it.
        datatype: one of DATATYPES.
        values: the array; of BYTES one of bytes objects.
        parameters: what was said besides.
    """

    name: str
    datatype: str
    values: Numpy
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """With its data as a flat list, BYTES as texts."""
        flat = self.values.reshape(-1)
        data = [one.decode() for one in flat] if self.datatype == BYTES else flat.tolist()
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.values.shape), "data": data}

    def as_binary(self) -> tuple[dict[str, Any], bytes]:
        """Its description, and its bytes: little-endian numbers, or each text behind its length."""
        if self.datatype == BYTES:
            data = b"".join(LENGTH.pack(len(one)) + one for one in self.values.reshape(-1))
        else:
            data = np.ascontiguousarray(self.values, np.dtype(DATATYPES[self.datatype]).newbyteorder("<")).tobytes()
        shape = list(self.values.shape)
        told = {"name": self.name, "datatype": self.datatype, "shape": shape}
        return {**told, "parameters": {"binary_data_size": len(data)}}, data


def read_tensors(documents: Any, rest: bytes, limits: Limits) -> list[Tensor]:
    """The tensors of a request.

    Args:
        documents: what stands under "inputs".
        rest: the bytes behind the JSON, of tensors that say their binary_data_size, one after the other.
        limits: of examples.

    Raises:
        RequestError: 400: what does not add up; names the tensor.
    """
    if not isinstance(documents, list) or not documents or not all(isinstance(one, dict) for one in documents):
        refuse(400, "a request needs its inputs: a list of tensors")
    found, start = [], 0
    for document in documents:
        tensor, end = _read_tensor(document, rest, start, limits)
        start = end
        found.append(tensor)
    if start != len(rest):
        refuse(400, f"{len(rest):,} bytes follow the JSON; the inputs say {start:,} with binary_data_size")
    names = [tensor.name for tensor in found]
    if len(set(names)) < len(names):
        refuse(400, "an input comes twice")
    return found


def _read_tensor(document: dict[str, Any], rest: bytes, start: int, limits: Limits) -> tuple[Tensor, int]:
    name = document.get("name")
    if not isinstance(name, str):
        refuse(400, "an input needs its name")
    called = f"the input {ascii(name)[:80]}"
    require_known(document, KEYS, called)
    shape, datatype = _shape(document.get("shape"), called, limits), document.get("datatype")
    if not isinstance(datatype, str) or datatype not in DATATYPES:
        refuse(400, f"{called} needs a datatype, one of {', '.join(DATATYPES)}")
    parameters = document.get("parameters")
    parameters = {} if parameters is None else parameters
    if not isinstance(parameters, dict):
        refuse(400, f"the parameters of {called} are no object")
    require_known(parameters, PARAMETERS, f"the parameters of {called}")
    size = parameters.get("binary_data_size")
    if size is None:
        values = _from_json(document.get("data"), shape, datatype, called)
        return Tensor(name, datatype, values, parameters), start
    if type(size) is not int or not 0 <= size <= len(rest) - start or "data" in document:
        refuse(400, f"{called} needs its data, or a binary_data_size of bytes that follow the JSON")
    return Tensor(
        name, datatype, _from_bytes(rest[start : start + size], shape, datatype, called), parameters
    ), start + size


def _shape(shape: Any, called: str, limits: Limits) -> Shape:
    shape = [_whole(one) for one in shape] if isinstance(shape, list) else []
    if not 1 <= len(shape) <= MOST_AXES or any(type(one) is not int or one < 1 for one in shape):
        refuse(400, f"{called} needs a shape of 1 to {MOST_AXES} lengths, each 1 or more")
    if math.prod(shape) > max(limits.numbers, limits.body_bytes):
        refuse(400, f"{called} has the shape {shape}, more than {limits.numbers:,} numbers")
    return tuple(shape)


def _from_json(data: Any, shape: Shape, datatype: str, called: str) -> Numpy:
    flat = _flattened(data, shape, called)
    if len(flat) != math.prod(shape):
        refuse(400, f"{called} has {len(flat):,} values; its shape {list(shape)} needs {math.prod(shape):,}")
    if datatype == BYTES:
        if not all(type(one) is str for one in flat):
            refuse(400, f"{called} is of BYTES: its data are texts")
        return _objects([one.encode() for one in flat], shape)
    kind, types = np.dtype(DATATYPES[datatype]), set(map(type, flat))
    if kind.kind in "iu" and float in types:
        flat = [_whole(one) for one in flat]
        types = set(map(type, flat))
    if not types <= TYPES.get(kind.kind, {int}):
        refuse(400, f"{called} is of {datatype}: its data have another type")
    return _numbers(flat, kind, datatype, called).reshape(shape)


def _whole(value: Any) -> Any:
    """1.0 is the same whole number as 1, as JSON has it."""
    return int(value) if type(value) is float and value.is_integer() else value


def _numbers(flat: list[Any], kind: np.dtype[Any], datatype: str, called: str) -> Numpy:
    """Values that the type can hold."""
    if datatype == "UINT8":
        with contextlib.suppress(ValueError):  # what is no byte is refused below
            return np.frombuffer(bytearray(flat), kind)
    wide = np.array(flat, object if kind.itemsize == 8 and kind.kind in "iu" else None)
    if kind.kind in "iu" and not np.iinfo(kind).min <= wide.min() <= wide.max() <= np.iinfo(kind).max:
        refuse(400, f"{called} has a number that {datatype} cannot hold")
    with np.errstate(over="ignore"):
        values = wide.astype(kind)
    if kind.kind == "f" and not np.isfinite(values).all():
        refuse(400, f"{called} has a number that {datatype} cannot hold")
    return values


def _flattened(data: Any, shape: Shape, called: str) -> list[Any]:
    """Data as one list: given so, or nested as the shape is."""
    if not isinstance(data, list):
        refuse(400, f"{called} needs its data: a list")
    flat: list[Any] = data
    if list not in set(map(type, flat)):
        return flat
    for depth in range(len(shape)):
        nested = any(isinstance(one, list) for one in flat)
        if len(flat) != math.prod(shape[: depth + 1]) or nested != (depth < len(shape) - 1):
            break
        if not nested:
            return flat
        if not all(isinstance(one, list) and len(one) == shape[depth + 1] for one in flat):
            break
        flat = [inner for one in flat for inner in one]
    refuse(400, f"{called} has lists within its data that are not of its shape {list(shape)}")


def _from_bytes(data: bytes, shape: Shape, datatype: str, called: str) -> Numpy:
    if datatype == BYTES:
        return _objects(_texts(data, math.prod(shape), called), shape)
    kind = np.dtype(DATATYPES[datatype]).newbyteorder("<")
    if len(data) != kind.itemsize * math.prod(shape):
        refuse(400, f"{called} has {len(data):,} bytes; its shape {list(shape)} of {datatype} needs another number")
    if datatype == "BOOL" and data.strip(b"\0\1"):
        refuse(400, f"{called} is of BOOL: each byte is 0 or 1")
    return np.frombuffer(data, kind).reshape(shape).astype(DATATYPES[datatype])


def _texts(data: bytes, count: int, called: str) -> Sequence[bytes]:
    found: list[bytes] = []
    place = 0
    while place + LENGTH.size <= len(data) and len(found) < count:
        (length,) = LENGTH.unpack_from(data, place)
        place += LENGTH.size
        found.append(data[place : place + length])
        place += length
    if place != len(data) or len(found) != count:
        refuse(400, f"{called} is of BYTES: {count} texts are needed, each behind its length in four bytes")
    return found


def _objects(values: Sequence[bytes], shape: Shape) -> Numpy:
    array = np.empty(len(values), object)
    array[:] = values
    return array.reshape(shape)
