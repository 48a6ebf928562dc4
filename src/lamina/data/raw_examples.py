"""Raw examples in a model file: what a person would give, as JSON and, where it is an array, as a tensor beside it.

a row        {"row": ["5.1", "Adelie"]}
             {"row": ["5.1", [height, width, channels]]}        tensor of bytes: its pictures, one after the other
a text       {"text": "free entry"}
a picture    {"picture": [height, width, channels]}              tensor of bytes
a series     {"series": [steps, columns]}                        tensor of float32
a sound      {"sound": [frames, channels], "rate_hz": 8000}      tensor of float32
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Shape
from lamina.data.inputs import RawExample, Sound
from lamina.errors import SettingError

MAX_NUMBERS = 1_000_000
MAX_RATE = 1_000_000
ARRAYS = {"picture": (3, "uint8"), "series": (2, "float32"), "sound": (2, "float32")}
"""Kind -> axes and type of its tensor."""


def tensor_of(example: RawExample) -> Numpy | None:
    """The array of an example, None where it is texts alone."""
    if isinstance(example, Sound):
        return example.samples
    if isinstance(example, tuple):
        pictures = [cell.reshape(-1) for cell in example if not isinstance(cell, str)]
        return np.concatenate(pictures) if pictures else None
    return example if isinstance(example, np.ndarray) else None


def to_json(example: RawExample) -> dict[str, Any]:
    """What is said of an example beside its tensor."""
    if isinstance(example, Sound):
        return {"sound": list(example.samples.shape), "rate_hz": example.rate_hz}
    if isinstance(example, np.ndarray):
        return {"picture" if example.dtype == np.uint8 else "series": list(example.shape)}
    if isinstance(example, str):
        return {"text": example}
    return {"row": [cell if isinstance(cell, str) else list(cell.shape) for cell in example]}


def expected_tensor(document: Any, where: str) -> tuple[Shape, str] | None:
    """The shape and type of the tensor that belongs to a document, None where there is none.

    Raises:
        SettingError: a document of no known form.
    """
    if isinstance(document, dict) and document.keys() in ({"row"}, {"text"}):
        cells = document.get("row", [document.get("text")])
        others: list[Any] = [cell for cell in cells if not isinstance(cell, str)] if isinstance(cells, list) else [None]
        if not others:
            return None
        if (
            "row" in document
            and all(_is_shape(one, 3) for one in others)
            and sum(map(math.prod, others)) <= MAX_NUMBERS
        ):
            return (sum(map(math.prod, others)),), "uint8"
    kinds = [key for key in document if key in ARRAYS] if isinstance(document, dict) else []  # in any order of keys
    kind = kinds[0] if kinds else ""
    rate = document.get("rate_hz") if kind == "sound" else 1
    fields = {"sound", "rate_hz"} if kind == "sound" else {kind}
    if kind in ARRAYS and document.keys() == fields and type(rate) is int and 1 <= rate <= MAX_RATE:
        axes, dtype = ARRAYS[kind]
        if _is_shape(document[kind], axes) and math.prod(document[kind]) <= MAX_NUMBERS:
            return tuple(document[kind]), dtype
    raise SettingError(f"{where}: expected a row of texts, a text, or the shape of a picture, a series or a sound")


def rebuild(document: dict[str, Any], tensor: Numpy | None) -> RawExample:
    """The example from its checked document and its tensor."""
    if "row" in document:
        return _rebuild_row(document["row"], tensor)
    if tensor is None:
        return str(document["text"])
    return Sound(tensor, document["rate_hz"]) if "sound" in document else tensor


def _rebuild_row(cells: list[Any], tensor: Numpy | None) -> RawExample:
    """Texts as they are, pictures cut out of their tensor."""
    row: list[str | Numpy] = []
    start = 0
    for cell in cells:
        if isinstance(cell, str) or tensor is None:
            row.append(cell)
        else:
            row.append(tensor[start : start + math.prod(cell)].reshape(cell))
            start += math.prod(cell)
    return tuple(row)


def _is_shape(value: Any, axes: int) -> bool:
    return isinstance(value, list) and len(value) == axes and all(type(n) is int and n > 0 for n in value)
