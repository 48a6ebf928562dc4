"""Arrays that are written to memory once instead of being computed wherever they are used."""

from __future__ import annotations

import functools
from typing import Any

from lamina.arrays import Array
from lamina.kernels.primitives import linear, native_call, primitive


def written(x: Array) -> Array:
    """x itself, of which XLA knows that it is computed once.

    XLA's compiler for processors puts cheap sums into everything that uses them. Along a chain of skip connections each
    later layer would so add up all earlier ones again.

    Shapes:
        x: any. Output: the same.

    Example:
        >>> import jax.numpy as jnp
        >>> written(jnp.arange(3.0)).tolist()
        [0.0, 1.0, 2.0]
    """
    y: Array = _primitive().bind(x)
    return y


@functools.cache
def _primitive() -> Any:
    made = primitive("written", lambda x: x, _native, lambda x: x.shape, batched=_batched)
    linear(made)
    return made


def _native(x: Array) -> Any:
    return native_call("written", x.shape, x, reused={0: 0})


def _batched(made: Any, pure: Any, arrays: Any, axes: Any) -> Any:
    return made.bind(*arrays), axes[0]
