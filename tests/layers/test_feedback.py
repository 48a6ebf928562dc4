"""Feedback: which weights are free in each kind, and how many steps a signal takes."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import Feedback, Recurrent, SettingError
from lamina.arrays import Numpy
from lamina.layers.feedback import KINDS

UNITS = (3, 2)
COMBINATIONS = [kinds for count in (1, 2, 3) for kinds in combinations(KINDS, count)]


def started(layer: Feedback, steps: int = 6, features: int = 2) -> tuple[Any, Any]:
    x = jax.random.normal(jax.random.key(1), (4, steps, features))
    return layer.init(jax.random.key(0), x)[0], x


def by_hand(layer: Feedback, params: Any, x: Numpy) -> Numpy:
    """The equations neuron by neuron, in float64."""
    allowed, weight = layer.connections(), np.asarray(params["feedback_weight"], np.float64)
    state = np.zeros((len(x), sum(layer.units)))
    for step in range(x.shape[1]):
        before, state, start = state, np.zeros_like(state), 0
        seen = np.asarray(x[:, step], np.float64)
        for number, units in enumerate(layer.units):
            own = params[str(number)]
            for neuron in range(start, start + units):
                z = seen @ np.asarray(own["input_weight"], np.float64)[:, neuron - start] + float(
                    own["bias"][neuron - start]
                )
                z = z + sum(before[:, other] * weight[other, neuron] for other in np.flatnonzero(allowed[:, neuron]))
                state[:, neuron] = np.tanh(z)
            seen = state[:, start : start + units]
            start += units
    return state[:, -layer.units[-1] :]


@pytest.mark.parametrize("kinds", COMBINATIONS)
def test_each_combination_follows_its_equations(kinds: tuple[str, ...]) -> None:
    layer = Feedback(UNITS, kinds)
    params, x = started(layer)
    np.testing.assert_allclose(layer.forward(params, x), by_hand(layer, params, np.asarray(x)), rtol=1e-4, atol=1e-5)


def test_direct_is_the_diagonal_lateral_the_rest_of_a_layer_indirect_what_goes_back() -> None:
    direct, lateral, indirect = (Feedback(UNITS, (kind,)).connections() for kind in KINDS)
    assert direct.tolist() == np.eye(5, dtype=int).tolist()
    assert lateral[:3, :3].tolist() == (1 - np.eye(3, dtype=int)).tolist()
    assert lateral[3:, 3:].tolist() == [[0, 1], [1, 0]]
    assert lateral[:3, 3:].sum() == lateral[3:, :3].sum() == 0
    assert indirect[3:, :3].tolist() == [[1] * 3] * 2
    assert indirect.sum() == 6
    assert (Feedback(UNITS, KINDS).connections() == direct + lateral + indirect).all()


@pytest.mark.parametrize("kinds", COMBINATIONS)
def test_the_free_weights_are_those_with_a_gradient(kinds: tuple[str, ...]) -> None:
    layer = Feedback(UNITS, kinds)
    params, x = started(layer)
    slope = jax.jit(jax.grad(lambda p: jnp.sum(jnp.sin(layer.forward(p, x)))))(params)["feedback_weight"]
    np.testing.assert_array_equal(np.asarray(slope) != 0, layer.connections() == 1)


@pytest.mark.slow
def test_direct_and_lateral_feedback_is_the_usual_recurrent_layer() -> None:
    layer = Feedback((3,), ("direct", "lateral"), return_sequence=True)
    params, x = started(layer)
    usual = {**params["0"], "recurrent_weight": params["feedback_weight"]}
    np.testing.assert_allclose(
        layer.forward(params, x), Recurrent(3, return_sequence=True).forward(usual, x), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    ("kinds", "first", "reached"),
    [
        # Neurons that see the input of step 0, by step: layer one has 0, 1, 2, layer two 3 and 4.
        (("direct",), 0, [{0, 3, 4}] * 3),
        (("lateral",), 0, [{0, 3, 4}, {1, 2, 3, 4}, {0, 1, 2, 3, 4}]),
        (("indirect",), 0, [{0, 3, 4}, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}]),
    ],
)
def test_a_signal_takes_one_step_for_each_feedback(kinds: tuple[str, ...], first: int, reached: list[set[int]]) -> None:
    layer = Feedback(UNITS, kinds, "linear")
    params, _ = started(layer, features=1)
    only = np.zeros((1, 3), np.float32)
    only[0, first] = 1
    params["0"]["input_weight"] = jnp.asarray(only)
    feedback = params["feedback_weight"] * layer.connections()
    signal, back, found = 1.0, jnp.zeros((1, 5)), []
    for _ in range(3):
        state = layer.states(params, jnp.full((1, 1), signal), back)
        found.append(set(np.flatnonzero(np.asarray(state[0])).tolist()))
        signal, back = 0.0, state @ feedback
    assert found == reached


@pytest.mark.parametrize("kinds", COMBINATIONS)
def test_a_signal_takes_the_steps_of_its_shortest_way(kinds: tuple[str, ...]) -> None:
    """Within a step it goes up through the layers; each feedback on its way costs one step."""
    layer = Feedback(UNITS, kinds, "linear")
    params, _ = started(layer, features=1)
    count, steps = sum(UNITS), 6
    up = np.eye(count, dtype=bool)
    up[:3, 3:] = True
    back = layer.connections() == 1
    reached, by_the_graph = up[0], []
    for _ in range(steps):  # the signal enters at neuron 0 alone and is there for one step
        by_the_graph.append(reached)
        reached = (reached @ back) @ up
    params["0"]["input_weight"] = jnp.zeros((1, 3)).at[0, 0].set(1.0)
    params = jax.tree.map(jnp.abs, params)  # so that no two ways cancel
    signal, before, found = 1.0, jnp.zeros((1, count)), []
    for _ in range(steps):
        before = layer.states(params, jnp.full((1, 1), signal), before @ (params["feedback_weight"] * back))
        found.append(np.asarray(before[0]) != 0)
        signal = 0.0
    np.testing.assert_array_equal(found, by_the_graph)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("units", "kind", "expected"),
    [
        # One pulse of 1 at step 0; W of layer one 2, of layer two 3, every feedback 1/2.
        ((1, 1), "direct", [6, 3 + 3, 1.5 + 3, 0.75 + 2.25]),  # both layers remember a half
        ((1, 1), "indirect", [6, 9, 13.5, 20.25]),  # 6 comes back to layer one as 3 a step later, and goes up as 9
        ((1, 2), "lateral", [6, 3, 1.5, 0.75]),  # to and fro between the two neurons of layer two
    ],
)
def test_a_pulse_by_hand(units: tuple[int, ...], kind: str, expected: list[float]) -> None:
    layer = Feedback(units, (kind,), "linear", return_sequence=True)
    params, _ = started(layer, features=1)
    count = sum(units)
    params = {
        "feedback_weight": jnp.full((count, count), 0.5),
        "0": {"input_weight": jnp.full((1, 1), 2.0), "bias": jnp.zeros(1)},
        "1": {"input_weight": jnp.zeros((1, units[1])).at[0, 0].set(3.0), "bias": jnp.zeros(units[1])},
    }
    y = layer.forward(params, jnp.array([1.0, 0, 0, 0]).reshape(1, 4, 1))[0]
    np.testing.assert_allclose(np.asarray(y).sum(axis=1), expected)


@pytest.mark.slow
def test_what_is_not_free_may_hold_anything() -> None:
    layer = Feedback(UNITS, ("lateral", "indirect"))
    params, x = started(layer)
    closed = {**params, "feedback_weight": jnp.where(layer.connections() == 1, params["feedback_weight"], jnp.nan)}

    def number(params: Any) -> Any:
        return jnp.sum(jnp.sin(layer.forward(params, x)))

    both = jax.jit(jax.value_and_grad(number))
    (value, slope), (same, as_steep) = both(params), both(closed)
    assert float(value) == float(same)
    np.testing.assert_array_equal(as_steep["feedback_weight"], slope["feedback_weight"])


def test_the_order_of_kinds_says_nothing() -> None:
    first, *others = (Feedback(UNITS, kinds).connections().tolist() for kinds in permutations(KINDS))
    assert all(other == first for other in others)


@pytest.mark.slow
def test_two_layers_that_see_themselves_alone_are_two_recurrent_layers() -> None:
    layer = Feedback(UNITS, ("direct", "lateral"), return_sequence=True)
    params, x = started(layer)
    weight, usual = params["feedback_weight"], x
    for number, units, start in ((0, 3, 0), (1, 2, 3)):
        own = {**params[str(number)], "recurrent_weight": weight[start : start + units, start : start + units]}
        usual = Recurrent(units, return_sequence=True).forward(own, usual)
    np.testing.assert_allclose(layer.forward(params, x), usual, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_mask_takes_feedback_away() -> None:
    mask = tuple(tuple(int(row != 3) for _ in range(5)) for row in range(5))  # nothing comes back from neuron 3
    layer = Feedback(UNITS, KINDS, mask=mask)
    assert layer.connections()[3].sum() == 0
    assert layer.connections().sum() == Feedback(UNITS, KINDS).connections()[[0, 1, 2, 4]].sum()
    params, x = started(layer)
    slope = jax.jit(jax.grad(lambda p: jnp.sum(jnp.sin(layer.forward(p, x)))))(params)["feedback_weight"]
    np.testing.assert_array_equal(np.asarray(slope) != 0, layer.connections() == 1)
    np.testing.assert_allclose(layer.forward(params, x), by_hand(layer, params, np.asarray(x)), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_filled_up_steps_leave_the_state_as_it_is() -> None:
    layer = Feedback(UNITS, KINDS, skip_padding=True)
    params, x = started(layer)
    longer = jnp.concatenate([x, jnp.zeros((4, 3, 2))], axis=1)
    np.testing.assert_allclose(layer.forward(params, longer), layer.forward(params, x), rtol=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kinds": ()}, "Feedback needs one or more kinds out of direct, lateral, indirect"),
        ({"kinds": ("direct", "direct")}, "Feedback needs one or more kinds"),
        ({"kinds": ("back",)}, r"got \('back',\)"),
        ({"units": (4,), "kinds": ("indirect",)}, "Feedback of the kind indirect needs two layers or more"),
        ({"units": (1, 1), "kinds": ("lateral",)}, "Feedback of the kind lateral needs a layer of two neurons or more"),
        ({"mask": ((1, 0), (0, 1))}, "Feedback needs a mask of 5 rows with 5 times 0 or 1"),
        ({"mask": ((2,) * 5,) * 5}, "Feedback needs a mask of 5 rows"),
        (
            {"mask": ((0,) * 5,) * 5},
            "Feedback needs a mask that lets feedback of its kinds through; this one takes all",
        ),
        ({"units": (4096, 1)}, "Feedback takes at most 4,096 neurons in all layers; got 4,097"),
        ({"units": ()}, "Feedback needs units"),
        ({"activation": "sine"}, "Feedback needs an activation out of"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Feedback(**{"units": UNITS, **settings})


def test_the_matrix_is_drawn_as_it_is() -> None:
    layer = Feedback((2, 3), KINDS)
    letters = [row.replace(" ", "") for row in layer.drawing().split("\n") if row]
    wanted = {"d": ("direct",), "l": ("lateral",), "i": ("indirect",)}
    for letter, kinds in wanted.items():
        drawn = np.array([[one == letter for one in row] for row in letters])
        np.testing.assert_array_equal(drawn, Feedback((2, 3), kinds).connections() == 1)
    masked = Feedback((2, 1), ("direct",), mask=((1, 0, 0), (0, 0, 0), (0, 0, 1)))
    assert masked.drawing() == "d .  .\n. .  .\n\n. .  d"
