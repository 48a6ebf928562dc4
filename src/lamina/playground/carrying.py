"""What of the learnt weights fits into another network: layers of the same kind, in their order, corner by corner."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import jax.numpy as jnp
import numpy as np

from lamina.arrays import Numpy, Params, State
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.plane_features import PlaneFeatures

Rows = list[tuple[int, int]]
"""(row of the old array, row of the new one)."""


def carried(old: Sequential, learnt: Params, new: Sequential, fresh: Params) -> tuple[Params, bool]:
    """The fresh params of a network with all that fits of the learnt ones of another, and whether that is all of them.

    The first layers of a kind correspond, and the last Dense to the last where there are as many. Added neurons start
    fresh, removed ones are gone, and of chosen features each keeps its own weights.

    Args:
        old, new: networks for the same data.
        learnt, fresh: their params, or their states.

    Example:
        >>> from lamina import Dense, Sequential
        >>> old, new = Sequential(Dense(2), Dense(1)), Sequential(Dense(3), Dense(1))
        >>> learnt = {"0": {"weight": np.ones((1, 2))}, "1": {"weight": np.ones((2, 1))}}
        >>> fresh = {"0": {"weight": np.zeros((1, 3))}, "1": {"weight": np.zeros((3, 1))}}
        >>> after, whole = carried(old, learnt, new, fresh)
        >>> after["0"]["weight"].tolist(), after["1"]["weight"].ravel().tolist(), whole
        ([[1.0, 1.0, 0.0]], [1.0, 1.0, 0.0], False)
    """
    found, whole = dict(fresh), True
    partners = _partners(old, new)
    for place in (name for name, arrays in fresh.items() if arrays):
        partner = partners.get(place)
        if partner is None:
            whole = False
            continue
        rows = _feature_rows(old, new) if place == _first_learning(new, fresh) else None
        found[place], all_of_it = _filled(learnt.get(partner, {}), fresh[place], rows)
        whole = whole and all_of_it
    return found, whole and sum(map(bool, learnt.values())) == sum(map(bool, fresh.values()))


def _partners(old: Sequential, new: Sequential) -> dict[str, str]:
    """New layer -> the old one that it corresponds to, by their places."""
    before, after = _by_kind(old), _by_kind(new)
    pairs = {mine: theirs for kind in after for mine, theirs in zip(after[kind], before.get(kind, []), strict=False)}
    last = str(len(new.layers) - 1)
    kind = type(new.layers[-1])
    if len(before.get(kind, [])) == len(after[kind]):
        return pairs
    # The outputs take other neurons now, and a hidden layer must not get what were outputs.
    outputs = str(len(old.layers) - 1)
    return {mine: theirs for mine, theirs in pairs.items() if mine != last and theirs != outputs}


def _by_kind(network: Sequential) -> dict[type[Layer], list[str]]:
    found: dict[type[Layer], list[str]] = defaultdict(list)
    for place, layer in enumerate(network.layers):
        found[type(layer)].append(str(place))
    return found


def _filled(learnt: Any, fresh: Any, rows: Rows | None) -> tuple[Any, bool]:
    """A tree of fresh arrays with the learnt ones in their corners."""
    if not hasattr(fresh, "items"):
        return _corner(np.asarray(learnt), np.asarray(fresh), rows)
    parts = {
        name: _filled(learnt[name], child, rows if name == "weight" else None) if name in learnt else (child, False)
        for name, child in fresh.items()
    }
    return {name: part for name, (part, _) in parts.items()}, all(whole for _, whole in parts.values())


def _corner(learnt: Numpy, fresh: Numpy, rows: Rows | None) -> tuple[Any, bool]:
    if learnt.ndim != fresh.ndim:
        return jnp.asarray(fresh), False
    found = fresh.copy()
    shared = tuple(slice(0, min(sizes)) for sizes in zip(learnt.shape, fresh.shape, strict=True))
    if rows is None:
        found[shared] = learnt[shared]
    else:
        for before, after in rows:
            found[after][shared[1:]] = learnt[before][shared[1:]]
    return jnp.asarray(found), learnt.shape == fresh.shape and (rows is None or all(a == b for a, b in rows))


def _feature_rows(old: Sequential, new: Sequential) -> Rows | None:
    """Which rows of the first weights belong to the same feature."""
    first, second = old.layers[0], new.layers[0]
    if not isinstance(first, PlaneFeatures) or not isinstance(second, PlaneFeatures):
        return None
    return [(first.features.index(name), place) for place, name in enumerate(second.features) if name in first.features]


def _first_learning(network: Sequential, params: Params | State) -> str | None:
    return next((str(place) for place in range(len(network.layers)) if params.get(str(place))), None)
