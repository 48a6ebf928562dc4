"""Programs that run once or a few times, so that compiling them is what takes the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.arrays import jax


def quickly_compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a program of which XLA does not try to make a fast one.

    Example:
        >>> float(quickly_compiled(lambda x: 2 * x)(3.0))
        6.0
    """
    return jax.jit(function, compiler_options={"xla_backend_optimization_level": 0})
