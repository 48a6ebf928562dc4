"""Before several processes train one network: all of them have the same data, settings and versions."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from lamina.errors import ProcessError
from lamina.model.checkpoint import describe_run, difference
from lamina.model.preparation import Prepared
from lamina.processes.together import Together


def require_same(together: Together, prepared: Prepared) -> None:
    """Compare what every process has made of the source and the options with what process 0 has.

    Raises:
        ProcessError: in every process, with the number of one that differs and what does.
    """
    everybody = together.gather(facts(prepared))
    differing = [(number, found) for number, found in enumerate(everybody) if found != everybody[0]]
    why = together.tell("" if not differing else explain(*differing[0], everybody[0]))
    if why:
        together.finish()
        raise ProcessError(why)


def facts(prepared: Prepared) -> dict[str, Any]:
    """What must be the same in all processes."""
    split, beginning = prepared.split, prepared.beginning
    arrays = {
        "places of the examples": (split.train, split.validation, split.test),
        "weights of the examples": (prepared.weights,),
        "weights to begin with": () if beginning is None else jax.tree.leaves((beginning.params, beginning.state)),
    }
    python = ".".join(platform.python_version_tuple()[:2])
    return {
        **describe_run(prepared),
        "Python": python,
        **{name: digest(found) for name, found in arrays.items()},
    }


def digest(arrays: Any) -> str:
    """A few digits that differ where arrays do."""
    found = hashlib.sha256()
    for array in map(np.asarray, arrays):
        found.update(f"{array.shape} {array.dtype}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


def explain(number: int, found: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    """What a process has that process 0 has not, in words."""
    if found["fingerprint"] != first["fingerprint"]:
        which = f"{found['fingerprint'][:12]}, process 0 of {first['fingerprint'][:12]}"
        return (
            f"process {number} has read other data than process 0: its fingerprint begins with {which}. "
            f"Every process must read the same source with the same options"
        )
    names = [name for name in first if found.get(name) != first[name]]
    words = [_words(name, found.get(name), first[name]) for name in names]
    return f"process {number} is not like process 0: {'; '.join(words)}. Start all with the same options and versions"


def _words(name: str, own: Any, first: Any) -> str:
    if name.startswith(("places", "weights")):
        return f"other {name}"
    return difference(name, own, first, "its {} is {}, that of process 0 is {}")
