"""Every layer x {forward sum, error signal, gradient}: each cell is a sum that adds up, or says why there is none.

The checks themselves are in the product: a sum that is not what automatic differentiation gives raises. Here every
layer is walked through at several places, and the totals are compared with JAX's derivatives of the layer by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina import Layer, Sequential
from lamina.explaining.backward import error_signal, gradient, slope_by_output
from lamina.explaining.names import namer_of, plain
from lamina.explaining.readers import READERS, REASONS, reason, sums_of
from lamina.explaining.tracing import Trace, trace
from tests.contracts.cases import CASES, Case, each_case
from tests.contracts.test_layers import registered_layers, start

DRAWN_BY_CHANCE = {"Adversarial", "SelfPlay"}
"""Outside of training they give no terms that one example decides."""


def example_of(case: Case) -> np.ndarray:
    chance = np.random.default_rng(3)
    if case.entries:
        return chance.integers(0, case.entries, case.shape).astype(np.int32 if not _floats(case.layer) else np.float32)
    return chance.normal(size=case.shape).astype(np.float32)


def _floats(layer: Layer) -> bool:
    return bool(getattr(layer, "from_floats", False))


PADDED = [case for case in CASES if getattr(case.layer, "skip_padding", False)]
each_padded = pytest.mark.parametrize("case", PADDED, ids=lambda case: repr(case.layer))
SKIPPING = {"Attention", "Feedback", "GRU", "GlobalAveragePool1D", "GlobalMaxPool1D", "LSTM", "PositionalEmbedding",
            "Recurrent", "TransformerBlock"}  # fmt: skip


def padded_example(case: Case, real: int) -> np.ndarray:
    """A sequence whose steps behind the first `real` ones only fill it up."""
    x = example_of(case)
    x[real:] = 0
    return x


def weights_of(case: Case) -> tuple[Any, Any]:
    """As they may be after some training: numbers of either sign, and a state of positive ones."""
    chance = np.random.default_rng(1)
    params, state = start(case, 2)
    drawn = jax.tree.map(lambda leaf: chance.normal(0, 0.5, leaf.shape).astype(np.float32), params)
    return drawn, state


def traced(case: Case, x: np.ndarray | None = None, loss: Callable[..., Any] | None = None) -> Trace:
    return trace(case.layer, *weights_of(case), example_of(case) if x is None else x, loss)


def sum_of_sines(output: Any) -> Any:
    return jnp.sum(jnp.sin(1.0 + output))


def some_places(values: np.ndarray) -> list[tuple[int, ...]]:
    every = list(np.ndindex(*values.shape))
    return [every[number] for number in sorted({0, len(every) // 2, len(every) - 1})] if every else []


def test_every_layer_has_a_reader_or_a_reason() -> None:
    named = {kind.__name__ for kind in READERS} | {kind.__name__ for kind in REASONS}
    assert named == registered_layers()
    assert not {kind.__name__ for kind in READERS} & {kind.__name__ for kind in REASONS}
    assert all(len(text) > 20 for text in REASONS.values())


@each_case
def test_forward_sums(case: Case) -> None:
    found = traced(case)
    for number, node in enumerate(found.nodes):
        for place in some_places(found.h[number]):
            sums = sums_of(found, number, place, plain)
            assert bool(sums) != bool(reason(node)), node.name
            if sums:
                last = sums[-1]
                output = last.total if last.output is None else last.output
                np.testing.assert_allclose(output, found.h[number][place], rtol=1e-4, atol=1e-5)


def test_every_layer_that_skips_padding_is_met() -> None:
    assert {type(case.layer).__name__ for case in PADDED} == SKIPPING


@each_padded
@pytest.mark.parametrize("real", [3, 0])
def test_forward_sums_of_padded_sequences(case: Case, real: int) -> None:
    found = traced(case, padded_example(case, real))
    for number, node in enumerate(found.nodes):
        assert not reason(node), node.name
        for place in np.ndindex(*found.h[number].shape):
            last = sums_of(found, number, place, plain)[-1]
            output = last.total if last.output is None else last.output
            np.testing.assert_allclose(output, found.h[number][place], rtol=1e-4, atol=1e-5)
            names = {term.name for term in last.terms}
            fills_up = node.skips_padding and (len(place) == 2 or not real) and place[0] >= real * (len(place) - 1)
            assert ("a step that only fills up" in names) == fills_up


@pytest.mark.slow
@each_padded
def test_the_way_back_of_padded_sequences(case: Case) -> None:
    walk_back(case, padded_example(case, 3))


@pytest.mark.slow
@each_case
def test_the_way_back(case: Case) -> None:
    walk_back(case)


@pytest.mark.slow
@pytest.mark.parametrize("place", range(4))
def test_the_way_back_of_a_few(place: int) -> None:
    network = Sequential(la.Flatten(), la.Dense(2, "tanh"))
    grouped = la.Conv2D(4, 2, "relu", padding="same", groups=2)
    few = (
        Case(network, (3, 2), None), Case(la.Conv2D(2, 2, "relu"), (3, 4, 1), None), Case(la.LSTM(2), (3, 2), None),
        Case(grouped, (3, 3, 4), None),
    )  # fmt: skip
    walk_back(few[place])


def test_a_filter_of_a_group_adds_up_the_channels_of_its_group() -> None:
    found = traced(Case(la.Conv2D(6, 2, groups=3), (3, 3, 6), None))
    (last,) = sums_of(found, 0, (1, 0, 5), str)
    (first,) = sums_of(found, 0, (1, 0, 1), str)
    assert {term.name[-2] for term in last.terms} == {"4", "5"}
    assert {term.name[-2] for term in first.terms} == {"0", "1"}
    assert last.check().terms[0].weight == ("weight", (0, 0, 0, 5))


def test_what_stands_around_a_picture_is_told_apart_from_its_places() -> None:
    found = traced(Case(Sequential(la.Pad2D((1, 0), (0, 1), -2.5), la.Conv2D(1, 2)), (2, 2, 1), None))
    names = namer_of(found, 1, plain)
    assert [names((row, 1, 0)) for row in (0, 1, 2)] == [
        "a place around the picture",
        plain((0, 1, 0)),
        plain((1, 1, 0)),
    ]
    (around,) = sums_of(found, 0, (2, 2, 0), plain)
    assert (around.terms[0].name, around.terms[0].value, around.total) == ("a place around the picture", -2.5, -2.5)
    (within,) = sums_of(found, 0, (1, 1, 0), plain)
    assert within.check().terms[0].name == plain((0, 1, 0))


def walk_back(case: Case, x: np.ndarray | None = None) -> None:
    """The error signals and gradients of some numbers of each node."""
    if type(case.layer).__name__ in DRAWN_BY_CHANCE:
        pytest.skip(REASONS[type(case.layer)])
    found = traced(case, x, sum_of_sines)
    np.testing.assert_allclose(found.by_output[-1], np.cos(1.0 + found.output), rtol=1e-4, atol=1e-5)
    for number, node in enumerate(found.nodes):
        for place in some_places(found.h[number]):
            total = slope_by_output(found, number, place).total
            np.testing.assert_allclose(total, found.by_output[number][place])
        for place in some_places(found.z[number]):
            error_signal(found, number, place)
        learnt = jax.tree_util.tree_leaves_with_path(node.own(found.params)) if node.kind == "layer" else []
        for path, leaf in learnt:
            name = "/".join(entry.key for entry in path)
            for place in some_places(np.asarray(leaf)):
                gradient(found, number, (name, place))


def test_the_cases_have_sums_of_every_kind() -> None:
    met = {type(node.layer) for case in CASES if not case.slow for node in traced_nodes(case)}
    assert set(READERS) - met <= {kind for kind in READERS if kind.__name__ in {"VarySpectrogram"}}


def traced_nodes(case: Case) -> list[Any]:
    from lamina.explaining.graph import graph

    return graph(case.layer, case.shape)
