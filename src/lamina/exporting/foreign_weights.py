"""Weights that another program has learnt, from a safetensors file, by a mapping of names."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from lamina.arrays import Numpy, Params, Shape, State
from lamina.errors import ExportError, ModelFileError
from lamina.layers.base import Layer, Variable, Variables
from lamina.model.container import open_regular_file
from lamina.model.strict_json import RefusedError, read_json, refuse, shown
from lamina.model.trees import unflatten

MAX_HEADER = 100 * 1024**2
"""Of a safetensors file, by its own form."""
DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"), "I32": np.dtype("<i4"), "I16": np.dtype("<i2"), "I8": np.dtype("i1"), "U8": np.dtype("u1"),
}  # fmt: skip

Source: TypeAlias = str | tuple[str, tuple[int, ...]]
"""A tensor's name in the file; with the order of its axes where that is another: ("fc.weight", (1, 0))."""


def import_weights(
    network: Layer, shape: Shape, path: str | Path, mapping: Mapping[str, Source]
) -> tuple[Params, State]:
    """The arrays of a network out of another program's safetensors file.

    Args:
        network: the layers.
        shape: of one example.
        path: of the file.
        mapping: from our names, such as "0/weight", to the file's; `lamina.weight_names` tells ours and their shapes.

    Raises:
        ModelFileError: no safetensors file, or a damaged one.
        ExportError: a name that is not mapped or does not exist, or a tensor of another shape; says which fit.

    Example:
        >>> import numpy as np, lamina
        >>> from safetensors.numpy import save_file
        >>> theirs = {"fc.weight": np.ones((3, 4), "float32"), "fc.bias": np.zeros(3, "float32")}
        >>> save_file(theirs, "other.safetensors")
        >>> mapping = {"0/weight": ("fc.weight", (1, 0)), "0/bias": "fc.bias"}
        >>> network = lamina.Sequential(lamina.Dense(3))
        >>> params, state = lamina.import_weights(network, (4,), "other.safetensors", mapping)
        >>> params["0"]["weight"].shape
        (4, 3)
    """
    needed, found = weight_names(network, shape), read_safetensors(Path(path))
    missing, unknown = sorted(needed.keys() - mapping.keys()), sorted(mapping.keys() - needed.keys())
    if missing or unknown:
        told = [f"{name} of shape {needed[name]} is not mapped" for name in missing[:5]]
        told += [f"the network has no {name}" for name in unknown[:5]]
        raise ExportError(f"{path}: {'; '.join(told)}. The network has {', '.join(list(needed)[:20])}")
    arrays = {name: _taken(name, needed[name], mapping[name], found, path) for name in needed}
    kinds = {"params": _names(network.parameters(tuple(shape))), "state": _names(network.memory(tuple(shape)))}
    trees = ({f"{kind}/{name}": arrays[name] for name in names} for kind, names in kinds.items())
    params, state = (unflatten(tree, kind) for tree, kind in zip(trees, kinds, strict=True))
    return params, state


def weight_names(network: Layer, shape: Shape) -> dict[str, Shape]:
    """The name and the shape of each array of a network, learnt or remembered.

    Example:
        >>> import lamina
        >>> lamina.weight_names(lamina.Sequential(lamina.Dense(3)), (4,))
        {'0/weight': (4, 3), '0/bias': (3,)}
    """
    return {**_names(network.parameters(tuple(shape))), **_names(network.memory(tuple(shape)))}


def read_safetensors(path: Path) -> dict[str, Numpy]:
    """Every tensor of a safetensors file, as float32 where it has a point; all is checked before it is read.

    Raises:
        ModelFileError: no such file, or a damaged one.
    """
    try:
        with open_regular_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(8)
            length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
            if not 2 <= length <= min(MAX_HEADER, size - 8):
                refuse("not a safetensors file, or a truncated one")
            header = read_json(_text(file.read(length)), "header")
            header.pop("__metadata__", None)
            body = file.read()
            return {name: _tensor(name, entry, body) for name, entry in header.items()}
    except RefusedError as refused:
        raise ModelFileError(f"{path}: {refused}") from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror}") from None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        refuse("not a safetensors file: its header is no text")


def _tensor(name: str, entry: Any, body: bytes) -> Numpy:
    """One tensor, whose place and shape must fit the file."""
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= entry.keys():
        refuse(f"tensor {shown(name)} needs dtype, shape and data_offsets")
    shape, offsets, kind = entry["shape"], entry["data_offsets"], entry["dtype"]
    if not isinstance(kind, str) or kind not in DTYPES:
        refuse(f"tensor {shown(name)}: the type must be one of {', '.join(DTYPES)}; found {shown(kind)}")
    numbers = [*shape, *offsets] if isinstance(shape, list) and isinstance(offsets, list) else [-1]
    if any(type(n) is not int or n < 0 for n in numbers) or len(offsets) != 2:
        refuse(f"tensor {shown(name)}: shape and data_offsets must be whole numbers")
    if math.prod(shape) * DTYPES[kind].itemsize != offsets[1] - offsets[0] or offsets[1] > len(body):
        refuse(f"tensor {shown(name)}: its shape {shown(shape)} does not fit its bytes, or the file is truncated")
    array = np.frombuffer(body[offsets[0] : offsets[1]], DTYPES[kind]).reshape(shape)
    if kind == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def _taken(name: str, shape: Shape, source: Source, found: Mapping[str, Numpy], path: str | Path) -> Numpy:
    """One tensor of the file as our array."""
    theirs, axes = source if isinstance(source, tuple) else (source, None)
    if theirs not in found:
        raise ExportError(f"{path}: there is no tensor {theirs} for {name}; there are {', '.join(list(found)[:20])}")
    array = found[theirs]
    if axes is not None:
        if sorted(axes) != list(range(array.ndim)):
            raise ExportError(f"{path}: {theirs} has shape {array.shape}; {axes} is no order of its axes")
        array = array.transpose(axes)
    if array.shape != shape:
        fits = [own for own, one in found.items() if sorted(one.shape) == sorted(shape)]
        raise ExportError(
            f"{path}: {name} needs the shape {shape}; {theirs} has {array.shape}. An order of its axes may be given: "
            f'("{theirs}", (1, 0)). Of these numbers there are {", ".join(fits[:5]) or "no tensors"}'
        )
    if not np.isfinite(array).all():
        raise ExportError(f"{path}: {theirs} holds NaN or infinity")
    return np.ascontiguousarray(array, np.float32)


def _names(variables: Variables, before: str = "") -> dict[str, Shape]:
    """Each variable's path and shape."""
    found: dict[str, Shape] = {}
    for name, child in variables.items():
        if isinstance(child, Variable):
            found[before + name] = child.shape
        else:
            found.update(_names(child, f"{before}{name}/"))
    return found
