"""Where a step of ResNet-20 spends its time, and what bounds each operation: multiplying, or moving numbers.

python -m benchmarks.roofline --write

Each operation is compiled alone and repeated; the sum over all of them stands beside the measured step.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.report import table, tell, wait_until_quiet
from lamina.kernels.convolution import conv2d
from lamina.kernels.measuring import SIDE, shortest
from lamina.kernels.normalization import batch_norm

BATCH = 128
BLOCKS = 3
STAGES = ((16, 32), (32, 16), (64, 8))
"""Filters and the side of the pictures."""
SECONDS = 1.0
GOAL = 0.8
MOVED = 2**21
"""Numbers that are moved to measure the memory: of a picture's maps in the first stage there are as many."""
HEADINGS = ("operation", "times", "ms each", "ms", "GFLOP/s", "GB/s", "bound by", "of its bound")


@dataclass(frozen=True)
class Operation:
    """One operation of the step.

    Args:
        name: as it is told.
        count: how often it comes in a step.
        function: of the arrays.
        arrays: what it takes.
        multiplied: multiplications and additions.
        moved: bytes that must be read or written at least.
    """

    name: str
    count: int
    function: Callable[..., Any]
    arrays: tuple[Any, ...]
    multiplied: float
    moved: float


@dataclass(frozen=True)
class Ceilings:
    """What the machine can do: floating-point operations and bytes a second."""

    multiplying: float
    moving: float


def main() -> None:
    """Measure the ceilings and all operations, and tell."""
    options = _options()
    wait_until_quiet(options.write)
    ceilings = _ceilings(options.seconds)
    found = [(one, shortest(_ready(one), options.seconds)) for one in operations()]
    total = sum(one.count * seconds for one, seconds in found)
    rows = [_row(one, seconds, ceilings) for one, seconds in found]
    rows.append(("all of them", "", "", f"{1e3 * total:.1f}", "", "", "", ""))
    body = f"{_what(ceilings)}\n\n{table(HEADINGS, rows)}\n\n{conclusion(found, ceilings)}"
    tell("The roofline of ResNet-20", body, options.write)


def operations() -> Iterator[Operation]:
    """The convolutions and norms of a training step with 128 pictures, forwards and backwards."""
    yield from _convolution("3 -> 16, 32 x 32", 1, (3, 16), 32, inner=False)
    for stage, (filters, side) in enumerate(STAGES):
        if stage:
            yield from _convolution(f"{filters // 2} -> {filters}, stride 2", 1, (filters // 2, filters), 2 * side, 2)
        same = 2 * BLOCKS - (stage > 0)
        yield from _convolution(f"{filters} -> {filters}, {side} x {side}", same, (filters, filters), side)
        yield from _norm(filters, side, 2 * BLOCKS + 1)


def _convolution(
    name: str, count: int, channels: tuple[int, int], side: int, stride: int = 1, inner: bool = True
) -> Iterator[Operation]:
    """Forwards, to the input where a layer stands before it, and to the weight."""
    chance = np.random.default_rng(0)
    x = _numbers(chance, BATCH, side, side, channels[0])
    w = _numbers(chance, 3, 3, *channels)

    def forward(x: Any, w: Any) -> Any:
        return conv2d(x, w, (stride, stride), "same")

    def to_input(dy: Any, w: Any) -> Any:
        return jax.vjp(lambda x: forward(x, w), x)[1](dy)[0]

    def to_weight(x: Any, dy: Any) -> Any:
        return jax.vjp(lambda w: forward(x, w), w)[1](dy)[0]

    dy = jnp.ones(jax.eval_shape(forward, x, w).shape)
    multiplied = 2.0 * dy.size * 9 * channels[0]
    moved = 4.0 * (x.size + dy.size + w.size)
    yield Operation(f"convolution {name}", count, forward, (x, w), multiplied, moved)
    if inner:
        yield Operation("  its gradient by the input", count, to_input, (dy, w), multiplied, moved)
    yield Operation("  its gradient by the weight", count, to_weight, (x, dy), multiplied, moved)


def _norm(filters: int, side: int, count: int) -> Iterator[Operation]:
    """Forwards x is read twice, backwards x and the gradient are, and two results are written."""
    x = _numbers(np.random.default_rng(1), BATCH, side, side, filters)
    scale, bias, real = jnp.ones(filters), jnp.zeros(filters), jnp.ones(BATCH)

    def forward(x: Any, scale: Any, bias: Any) -> Any:
        return batch_norm(x, scale, bias, real, 1e-5, relu=True)[0]

    def back(x: Any, scale: Any, bias: Any, dy: Any) -> Any:
        return jax.vjp(forward, x, scale, bias)[1](dy)

    name = f"norm and ReLU, {filters} x {side} x {side}, both ways"
    yield Operation(name, count, back, (x, scale, bias, x), 0, 8 * 4.0 * x.size)


def _numbers(chance: np.random.Generator, *shape: int) -> Any:
    return jnp.asarray(chance.normal(size=shape), jnp.float32)


def _ceilings(seconds: float) -> Ceilings:
    square, row = jnp.ones((SIDE, SIDE)) / SIDE, jnp.ones(MOVED)
    product = shortest(lambda: jax.block_until_ready(square @ square), seconds)
    negative = jax.jit(lambda x: -x)
    moved = shortest(lambda: jax.block_until_ready(negative(row)), seconds)
    return Ceilings(2.0 * SIDE**3 / product, 2.0 * 4 * MOVED / moved)


def _ready(one: Operation) -> Callable[[], Any]:
    compiled = jax.jit(one.function)
    return lambda: jax.block_until_ready(compiled(*one.arrays))


def _row(one: Operation, seconds: float, ceilings: Ceilings) -> Sequence[object]:
    """The operation's line; its bound is the larger of the two times that it needs at least."""
    least = {"multiplying": one.multiplied / ceilings.multiplying, "moving": one.moved / ceilings.moving}
    bound = max(least, key=lambda name: least[name])
    speed = f"{one.multiplied / seconds / 1e9:.0f}" if one.multiplied else ""
    times = (f"{1e3 * seconds:.2f}", f"{1e3 * one.count * seconds:.1f}")
    return (
        one.name,
        one.count,
        *times,
        speed,
        f"{one.moved / seconds / 1e9:.0f}",
        bound,
        f"{least[bound] / seconds:.0%}",
    )


def conclusion(found: Sequence[tuple[Operation, float]], ceilings: Ceilings) -> str:
    """What share of the machine's rate is in reach, in words."""
    multiplied = sum(one.count * one.multiplied for one, _ in found)
    convolving = sum(one.count * seconds for one, seconds in found if one.multiplied)
    share = multiplied / ceilings.multiplying / convolving
    whole = multiplied / ceilings.multiplying / sum(one.count * seconds for one, seconds in found)
    return (
        f"By themselves the convolutions multiply at {share:.0%} of the machine's rate, with the norms between them at "
        f"{whole:.0%}; the rest of the step (sums of the skips, pooling, the loss, Adam, gathering) multiplies hardly. "
        f"The goal of {GOAL:.0%} for the step is {'in reach' if whole >= GOAL else 'out of reach so'}."
    )


def _what(ceilings: Ceilings) -> str:
    ridge = ceilings.multiplying / ceilings.moving
    return (
        f"A training step with {BATCH} pictures of 32 x 32; each operation compiled alone, the shortest of its times "
        f"in {SECONDS:g} s. The machine multiplies and adds {ceilings.multiplying / 1e9:.0f} GFLOP/s (a product of "
        f"{SIDE:,} x {SIDE:,}) and moves {ceilings.moving / 1e9:.0f} GB/s (8 MB read and written): what is done with "
        f"fewer than {ridge:.0f} operations a byte is bound by moving."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.roofline", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each operation")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
