"""Trees of arrays as flat names and back: `{"0": {"weight": w}}` is `{"0/weight": w}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.arrays import Numpy


def flatten(tree: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Each leaf under its path: `params/0/weight`."""
    flat: dict[str, Any] = {}
    for name, child in tree.items():
        path = f"{prefix}/{name}"
        if isinstance(child, Mapping):
            flat.update(flatten(child, path))
        else:
            flat[path] = child
    return flat


def unflatten(flat: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The tree of all leaves whose path starts with `prefix`."""
    tree: dict[str, Any] = {}
    for path, leaf in flat.items():
        first, *rest = path.split("/")
        if first != prefix:
            continue
        place = tree
        for name in rest[:-1]:
            place = place.setdefault(name, {})
        place[rest[-1]] = leaf
    return tree


def to_numpy(tree: Mapping[str, Any], prefix: str) -> dict[str, Numpy]:
    """The leaves on the host, by path."""
    return {path: np.asarray(leaf) for path, leaf in flatten(tree, prefix).items()}
