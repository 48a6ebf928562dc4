"""What in the input mattered for an answer: three ways that ask different questions, each with its caution.

All of them look at one output of the network, such as the logit of the class that was answered. Words are asked about
by the rows that an Embedding looks up for them: of a word is told what its row as a whole did.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Array, Numpy, Params, State, jax, jnp
from lamina.errors import ExplanationError, SettingError
from lamina.explaining.given import KEPT, Given, Numbers, given
from lamina.explaining.programs import quickly_compiled
from lamina.layers.base import Layer

STEPS = 64
"""Of integrated gradients."""
AGREEMENT = 0.05
"""How far integrated gradients may be from the difference that they add up to, as a share of it."""
AT_ONCE = 16
"""So many points of their way are computed together."""
SMALLEST = 1e-6
"""The share of a word's row that stands for none: rows that are all zeros would only fill a text up."""
CAUTIONS: Mapping[str, str] = {
    "gradient": "It says what a very small change would do, not what would happen without the input: where the network "
                "is saturated it is near 0 for what matters most.",
    "integrated": "It is relative to an input of zeros: what is zero itself gets nothing, and another baseline would "
                  "give another answer.",
    "occlusion": "It asks what happens where a part is made even gray, which the network has never seen: some of the "
                 "change may be surprise.",
}  # fmt: skip


OF_WORDS: Mapping[str, str] = {
    "gradient": "It is each word's row times the slope by it: it says what slightly longer rows would do, not what "
                "would happen without the word.",
    "integrated": "It is relative to the same text with rows of zeros for its words, which the network has never seen: "
                  "another baseline would give another answer.",
}  # fmt: skip
"""The same where words come in."""


@dataclass(frozen=True, eq=False)
class Mattered:
    """How much each number of an example mattered.

    Args:
        way: how it was found, a key of CAUTIONS.
        values: in the shape of the example.
        output: the network's output that was looked at.
        at: its number.
        words: whether words come in.
        without: the output where nothing comes in, to which the values lead; None where they do not add up.
    """

    way: str
    values: Numpy
    output: float
    at: int
    words: bool = False
    without: float | None = None

    @property
    def caution(self) -> str:
        """What it does not say."""
        return OF_WORDS[self.way] if self.words else CAUTIONS[self.way]


def gradient(network: Layer, params: Params, state: State, x: Numpy, at: int) -> Mattered:
    """The slope of an output by each number of the example: d y_at / d x.

    Where words come in: that slope by each number, times the number; of a word the sum over its row.

    Shapes:
        x: one example, as the network takes it.

    Raises:
        SettingError: entries of a vocabulary for which no Embedding looks up rows.

    Source:
        Simonyan, Vedaldi and Zisserman, Deep Inside Convolutional Networks (2013), section 3; of words Denil, Demiraj
        and de Freitas, Extraction of Salient Sentences from Labelled Documents (2014), with the sign kept.

    Example:
        >>> import lamina, numpy as np
        >>> found = gradient(lamina.Linear(1, bias=False), {"weight": np.array([[3.0], [0.5]])}, {}, np.ones(2), 0)
        >>> found.values.tolist(), found.output
        ([3.0, 0.5], 3.5)
    """
    taken = given(network, x.shape, x.dtype.kind == "f")
    numbers = taken.numbers(params, state, x)
    value, slopes = _slopes(taken)(numbers, params, state, x, at)
    if taken.words:
        slopes = _times(numbers, slopes)
    return Mattered("gradient", taken.in_its_shape(slopes), float(value), at, bool(taken.words))


def integrated_gradients(network: Layer, params: Params, state: State, x: Numpy, at: int) -> Mattered:
    """The slopes along the straight way from zeros to the example: x_i times the mean of d y_at / d x_i.

    They add up to y_at(x) - y_at(0), which is checked. Of a word it is its row that comes about out of zeros.

    Raises:
        ExplanationError: they do not, as with functions that jump.
        SettingError: as `gradient`.

    Source:
        Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks (2017), equation 3, by the midpoint rule;
        section 6.3 for words.

    Example:
        >>> import lamina, numpy as np
        >>> linear = lamina.Linear(1, bias=False), {"weight": np.array([[3.0], [0.5]])}, {}
        >>> integrated_gradients(*linear, np.array([1.0, -2.0]), 0).values.tolist()
        [3.0, -1.0]
    """
    taken = given(network, x.shape, x.dtype.kind == "f")
    found, nothing, whole = _along(taken)(taken.numbers(params, state, x), params, state, x, at)
    values, here, without = taken.in_its_shape(found), float(whole), float(nothing)
    difference = here - without
    if abs(float(values.sum()) - difference) > AGREEMENT * max(float(np.abs(values).sum()), 1e-3):
        raise ExplanationError(
            f"integrated gradients add up to {values.sum():.4g} instead of {difference:.4g}: the network jumps "
            f"between an empty input and this one; take gradient{'' if taken.words else ' or occlusion'}"
        )
    return Mattered("integrated", values, here, at, bool(taken.words), without)


def occlusion(network: Layer, params: Params, state: State, x: Numpy, at: int, size: int = 0) -> Mattered:
    """How much an output falls where a square of a picture is made even: the mean over all squares that cover a place.

    Shapes:
        x: (height, width, channels).

    Args:
        size: side of the square; 0 takes a fifth of the shorter side.

    Raises:
        SettingError: an example that is no picture, or a square larger than it.

    Source:
        Zeiler and Fergus, Visualizing and Understanding Convolutional Networks (2013), section 4.2.
    """
    if x.ndim != 3:
        raise SettingError(
            f"occlusion needs a picture (height, width, channels); this example has the shape {x.shape}: take "
            "gradient or integrated"
        )
    size = size or max(1, min(x.shape[:2]) // 5)
    if not 1 <= size <= min(x.shape[:2]):
        raise SettingError(f"occlusion needs a square of 1 to {min(x.shape[:2])} pixels; got {size}")
    starts = [(i, j) for i in range(x.shape[0] - size + 1) for j in range(x.shape[1] - size + 1)]
    whole, fell = (
        np.asarray(one)
        for one in _fallen(network, size)(jnp.asarray(x, jnp.float32), params, state, at, np.array(starts))
    )
    total, covered = np.zeros(x.shape[:2]), np.zeros(x.shape[:2])
    for (i, j), one in zip(starts, fell, strict=True):
        total[i : i + size, j : j + size] += one
        covered[i : i + size, j : j + size] += 1
    return Mattered("occlusion", (total / covered)[..., None] * np.ones(x.shape[2]), float(whole), at)


@functools.lru_cache(KEPT)
def _slopes(taken: Given) -> Callable[..., tuple[Array, Numbers]]:
    """An output and its slopes, as a program."""
    found: Callable[..., tuple[Array, Numbers]] = quickly_compiled(jax.value_and_grad(_one_output(taken)))
    return found


@functools.lru_cache(KEPT)
def _along(taken: Given) -> Callable[..., tuple[Numbers, Array, Array]]:
    """Integrated gradients, the output at nothing, and by the network as a whole, as a program."""
    output, least = _one_output(taken), SMALLEST if taken.words else 0.0

    def along(numbers: Numbers, params: Params, state: State, x: Array, at: Array) -> tuple[Numbers, Array, Array]:
        def slope(share: Array) -> Numbers:
            found: Numbers = jax.grad(output)(_scaled(numbers, share), params, state, x, at)
            return found

        slopes = jax.lax.map(slope, (jnp.arange(STEPS) + 0.5) / STEPS, batch_size=AT_ONCE)
        means = jax.tree.map(lambda leaf: leaf.mean(axis=0), slopes)
        nothing = output(_scaled(numbers, least), params, state, x, at)
        return _times(numbers, means), nothing, _output(taken.network)(x, params, state, at)

    return jax.jit(along)


@functools.lru_cache(KEPT)
def _fallen(network: Layer, size: int) -> Callable[..., tuple[Array, Array]]:
    """An output, and how far it falls with a square at each of some places, as a program."""
    output = _output(network)

    def fallen(x: Array, params: Params, state: State, at: Array, starts: Array) -> tuple[Array, Array]:
        patch = jnp.broadcast_to(x.mean(axis=(0, 1)), (size, size, x.shape[2]))

        def hidden(start: Array) -> Array:
            covered = jax.lax.dynamic_update_slice(x, patch, (start[0], start[1], 0))
            return output(covered, params, state, at)

        whole = output(x, params, state, at)
        return whole, whole - jax.lax.map(hidden, starts, batch_size=64)

    return jax.jit(fallen)


def _output(network: Layer) -> Callable[[Array, Params, State, Array], Array]:
    def output(x: Array, params: Params, state: State, at: Array) -> Array:
        return network.apply(params, state, x[None])[0].reshape(-1)[at]

    return output


def _one_output(taken: Given) -> Callable[..., Array]:
    def output(numbers: Numbers, params: Params, state: State, x: Array, at: Array) -> Array:
        return taken.output(numbers, params, state, x)[at]

    return output


def _scaled(numbers: Numbers, share: Array | float) -> Numbers:
    return {name: share * one for name, one in numbers.items()}


def _times(numbers: Numbers, others: Numbers) -> Numbers:
    return {name: one * others[name] for name, one in numbers.items()}
