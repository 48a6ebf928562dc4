"""Reading an ONNX file without trust: its size, its form, and arrays that stand in files beside it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from lamina.errors import ExportError, ModelFileError
from lamina.model.container import open_regular_file
from lamina.model.strict_json import RefusedError

LARGEST = 2**31 - 1
"""Bytes of an ONNX file, and of all arrays beside it."""


def read_onnx(path: Path) -> Any:
    """A model as ONNX has it, checked, with its arrays in it.

    Raises:
        ExportError: onnx is not installed.
        ModelFileError: no ONNX file, a damaged one, or arrays outside of its folder.
    """
    if importlib.util.find_spec("onnx") is None:
        raise ExportError('ONNX files need the package onnx, which is not installed: pip install "lamina[onnx]"')
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_from_string(_bytes(path))
        _take_arrays_beside(model, path)
        onnx.checker.check_model(model)
        return onnx.shape_inference.infer_shapes(model)
    except ModelFileError:
        raise  # a ValueError too, which says what it needs to
    except RefusedError as refused:
        raise ModelFileError(f"{path}: {refused}") from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror}") from None
    except (DecodeError, UnicodeDecodeError):
        raise ModelFileError(f"{path}: not an ONNX file, or a truncated one") from None
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, ValueError) as error:
        told = str(error).strip().splitlines() or ["it does not add up"]
        raise ModelFileError(f"{path}: not a sound ONNX file: {told[0][:200]}") from None


def _bytes(path: Path) -> bytes:
    with open_regular_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > LARGEST:
            raise ModelFileError(f"{path}: {size:,} bytes; an ONNX file has at most {LARGEST:,}")
        return file.read()


def _take_arrays_beside(model: Any, path: Path) -> None:
    """Load arrays that stand in other files, of the same folder or one in it."""
    from onnx import TensorProto

    left = LARGEST
    for tensor in _tensors(model.graph):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        told = {one.key: one.value for one in tensor.external_data}
        data = _bytes_beside(told, tensor.name, path, left)
        left -= len(data)
        tensor.raw_data = data
        tensor.data_location = TensorProto.DEFAULT
        del tensor.external_data[:]


def _bytes_beside(told: dict[str, str], name: str, path: Path, left: int) -> bytes:
    """The bytes of one array, from a regular file within the model's folder."""
    location = told.get("location", "")
    where, folder = path.parent / location, path.parent.resolve()
    named = location and "\0" not in location
    if not named or not where.resolve().is_relative_to(folder) or not where.is_file():
        raise ModelFileError(
            f"{path}: the array {name!a} should stand in {location!a}, which is no file within "
            f"{folder}. Put the file of arrays beside the model; nothing outside of its folder is read"
        )
    start, length = (_number(told.get(key, "0"), name, path) for key in ("offset", "length"))
    length = length or where.stat().st_size - start
    if start + length > where.stat().st_size or not 0 <= length <= left:
        raise ModelFileError(f"{path}: the array {name!a} ends behind the end of {where.name}, or is too large")
    with where.open("rb") as file:
        file.seek(start)
        return file.read(length)


def _number(text: str, name: str, path: Path) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ModelFileError(f"{path}: the array {name!a} has an offset or a length that is no number")
    return int(text)


def _tensors(graph: Any) -> list[Any]:
    """Every array of a graph, those in its nodes and in graphs within it too."""
    found = [*graph.initializer]
    for node in graph.node:
        for attribute in node.attribute:
            found += [attribute.t] if attribute.HasField("t") else []
            found += [*attribute.tensors]
            for inner in [attribute.g] if attribute.HasField("g") else [*attribute.graphs]:
                found += _tensors(inner)
    return found
