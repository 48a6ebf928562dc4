"""Which neurons are shown: those that are asked for, or in each layer the one that matters most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import SettingError
from lamina.explaining.backward import written
from lamina.explaining.graph import Node
from lamina.explaining.neurons import Place, place_of
from lamina.explaining.tracing import Trace
from lamina.layers.attention import Attention

MOST = 4
"""Layers that are shown of their own accord: the first ones and the last ones; and the last attention between them."""


@dataclass(frozen=True)
class Chosen:
    """A number of a node's output.

    Args:
        number: of the node.
        place: in its output.
        title: where it stands, in words.
    """

    number: int
    place: Place
    title: str


def choose(
    trace: Trace, wanted: Sequence[str], last: Place | None, last_step: int | None = None
) -> tuple[list[Chosen], list[str]]:
    """The neurons to be shown, and what is said of those that are not.

    Args:
        trace: of the example.
        wanted: "layer:place" each.
        last: the place in the last layer, where it is known.
        last_step: of a text that is gone on with; what stands behind it is never looked at.

    Raises:
        SettingError: no such layer, no such place in it, or a step behind the end of a text.
    """
    if wanted:
        return [_asked(trace, one, last_step) for one in wanted], []
    learning = [number for number, node in enumerate(trace.nodes) if node.kind == "layer" and _learns(trace, node)]
    end = len(trace.nodes) - 1
    every = learning if end in learning else [*learning, end]
    shown = every if len(every) <= MOST else [*every[: MOST // 2], *_attention(trace, every), *every[-MOST // 2 :]]
    chosen = [
        _chosen(trace, number, last if number == end and last else _strongest(trace, number, last_step))
        for number in shown
    ]
    left = [trace.nodes[number].name for number in every if number not in shown]
    if not left:
        return chosen, []
    return chosen, [f"not shown: layers {', '.join(left)}; ask for one by --neuron {left[0]}:PLACE"]


def _attention(trace: Trace, every: Sequence[int]) -> list[int]:
    """The last attention between the ends, where there is one: what it looked at is what is asked of it."""
    between = every[MOST // 2 : -MOST // 2]
    return [number for number in between if isinstance(trace.nodes[number].layer, Attention)][-1:]


def _asked(trace: Trace, wanted: str, last_step: int | None) -> Chosen:
    name, colon, text = wanted.partition(":")
    numbers = {node.name: number for number, node in enumerate(trace.nodes)}
    if not colon or name.strip() not in numbers:
        raise SettingError(
            f"a neuron is asked for as layer:place, with a layer out of {', '.join(numbers)}; got {wanted!r}"
        )
    number = numbers[name.strip()]
    shape = trace.h[number].shape
    try:
        place = tuple(int(part) for part in text.split(","))
    except ValueError:
        place = ()
    if len(place) != len(shape) or any(not 0 <= one < size for one, size in zip(place, shape, strict=True)):
        ranges = ", ".join(f"0 to {size - 1}" for size in shape)
        raise SettingError(f"layer {name} gives {shape}: its places are {ranges}; got {wanted!r}")
    if last_step is not None and _steps_of(trace, number) and place[0] > last_step:
        raise SettingError(
            f"step {place[0]} of layer {name} stands behind the end of this text, whose last step is {last_step}: ask "
            f"for one from 0 to {last_step}, or give a longer text"
        )
    return _chosen(trace, number, place)


def _chosen(trace: Trace, number: int, place: Place) -> Chosen:
    node = trace.nodes[number]
    what = repr(node.layer) if node.kind == "layer" else type(node.layer).__name__
    title = f"layer {node.name}, {what if len(what) <= 80 else type(node.layer).__name__}, {written(place)}"
    return Chosen(number, place, title)


def _steps_of(trace: Trace, number: int) -> bool:
    """Whether a node gives numbers for each step of the example."""
    return trace.h[number].ndim == 2 and len(trace.h[number]) == len(trace.example)


def _strongest(trace: Trace, number: int, last_step: int | None) -> Place:
    """Where the output, times the loss's slope by it, is largest; without a loss where the output is."""
    strength: Numpy = np.abs(trace.h[number].astype(np.float64))
    if last_step is not None and _steps_of(trace, number):
        strength[last_step + 1 :] = 0
    if trace.by_output and np.any(trace.by_output[number] * strength):
        strength = np.abs(trace.by_output[number]) * strength
    return place_of(int(strength.argmax()), strength.shape)


def _learns(trace: Trace, node: Node) -> bool:
    return bool(node.own(trace.params))
