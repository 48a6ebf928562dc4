"""How fast this machine computes: a matrix product, a convolution, and moving numbers, in about a second each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lamina.arrays import jax, jnp
from lamina.kernels.convolution import conv2d

SECONDS_EACH = 1.2
SIDE = 1_024
PICTURES, PICTURE, FILTERS = 128, 32, 16
NUMBERS = 2**24


@dataclass(frozen=True)
class Rate:
    """What was measured: how much of what a second."""

    name: str
    value: float
    unit: str
    what: str


def rates(seconds_each: float = SECONDS_EACH) -> list[Rate]:
    """The machine's rates on JAX's first device, in float32.

    Example:
        >>> [rate.name for rate in rates(0.01)]
        ['matrix product', 'convolution', 'training step of it', 'memory']
    """
    square = jnp.ones((SIDE, SIDE)) / SIDE
    pictures = jnp.ones((PICTURES, PICTURE, PICTURE, FILTERS))
    weight = jnp.ones((3, 3, FILTERS, FILTERS)) / (9 * FILTERS)
    slide = 2 * PICTURES * PICTURE**2 * 9 * FILTERS**2
    told = f"{PICTURES} pictures of {PICTURE} x {PICTURE} x {FILTERS}, {FILTERS} filters of 3 x 3"

    def forward(x: Any, w: Any) -> Any:
        return conv2d(x, w, padding="same")

    def step(x: Any, w: Any) -> Any:
        return jax.grad(lambda x, w: jnp.sum(forward(x, w) ** 2), argnums=(0, 1))(x, w)

    every = (
        ("matrix product", lambda: _product(square), 2 * SIDE**3 / 1e9, "GFLOP/s", f"{SIDE:,} x {SIDE:,}"),
        (
            "convolution",
            _ready(forward, pictures, weight),
            slide / 1e9,
            "GFLOP/s",
            told,
        ),
        ("training step of it", _ready(step, pictures, weight), 3 * slide / 1e9, "GFLOP/s", "with both gradients"),
        ("memory", _ready(lambda x: -x, jnp.ones(NUMBERS)), 2 * 4 * NUMBERS / 1e9, "GB/s", "read and written"),
    )
    return [Rate(name, amount / shortest(work, seconds_each), unit, what) for name, work, amount, unit, what in every]


def _product(square: Any) -> Any:
    return (square @ square).block_until_ready()


def _ready(function: Callable[..., Any], *arrays: Any) -> Callable[[], Any]:
    """A compiled function that has its result when it comes back."""
    compiled = jax.jit(function)
    return lambda: jax.block_until_ready(compiled(*arrays))


def shortest(work: Callable[[], Any], seconds: float) -> float:
    """The shortest of the times that fit into so many seconds, after one that does not count: it compiles."""
    work()
    end, shortest = time.perf_counter() + seconds, float("inf")
    while True:
        began = time.perf_counter()
        work()
        now = time.perf_counter()
        shortest = min(shortest, now - began)
        if now > end:
            return shortest
