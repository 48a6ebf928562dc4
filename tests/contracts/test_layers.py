"""One table of all layers, and the laws that each of them keeps.

A new layer is entered in `cases.py`; a registered layer without a case fails the first test.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import lamina as la
import lamina.layers
from lamina import Layer, Sequential, ShapeError
from lamina.arrays import Numpy
from lamina.layers.base import Variable
from lamina.recipes import RECIPES, from_json, to_json
from tests.contracts.cases import CASES, Case, each_case


def registered_layers() -> set[str]:
    """The names of all layers that Lamina brings."""
    for module in pkgutil.iter_modules(lamina.layers.__path__, "lamina.layers."):
        importlib.import_module(module.name)
    found = {name: cls for name, cls in RECIPES.items() if issubclass(cls, Layer)}
    return {name for name, cls in found.items() if cls.__module__.startswith("lamina.")}


def batch(case: Case, rows: int) -> Numpy:
    """Random examples."""
    chance = np.random.default_rng(0)
    if case.entries:
        return chance.integers(0, case.entries, (rows, *case.shape), np.int32)
    return chance.normal(size=(rows, *case.shape)).astype(np.float32)


def start(case: Case, seed: int = 1) -> tuple[Any, Any]:
    """Random variables of the declared shapes: the initializers have tests of their own."""
    chance = np.random.default_rng(seed)
    declared = case.layer.parameters(case.shape), case.layer.memory(case.shape)
    made: tuple[Any, Any] = jax.tree.map(
        lambda v: chance.uniform(0.3, 1.3, v.shape).astype(np.float32), declared, is_leaf=is_variable
    )
    return made


def is_variable(value: Any) -> bool:
    """Where the trees of declared variables end."""
    return isinstance(value, Variable)


def run(
    case: Case, params: Any, state: Any, x: jax.Array, training: bool = True, mask: Any = None, seed: int = 2
) -> Any:
    """Output and state of the layer, with a key."""
    key = jax.random.key(seed)
    return case.layer.apply(params, state, x, key=key, training=training, mask=mask)


def weighted_sum(y: jax.Array) -> jax.Array:
    """One number that depends on every output in another way."""
    return jnp.sum(y * jnp.sin(1 + jnp.arange(y.size, dtype=y.dtype)).reshape(y.shape))


def assert_close(one: Any, other: Any, tolerance: float = 1e-6) -> None:
    """The same trees, with numbers that agree."""
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def in_float64(leaf: Numpy) -> Numpy:
    """Numbers in double precision; whole numbers as they are."""
    return leaf.astype(np.float64) if leaf.dtype == np.float32 else leaf


def types(tree: Any) -> Any:
    """The shape and the type of each leaf."""
    return jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype.name), tree)


def declared(variables: Any) -> Any:
    """The shape and the type that each declared variable will have."""
    return jax.tree.map(lambda v: (v.shape, "float32"), variables, is_leaf=is_variable)


# What the laws look at. All of it is one compiled program a case, since most of the time goes into compiling.


def together_and_alone(case: Case, params: Any, state: Any, x: Any) -> Any:
    """A batch, and each of its examples as a batch, with the state before them."""
    alone = [run(case, params, state, x[i : i + 1], training=False)[0] for i in range(len(x))]
    return run(case, params, state, x, training=False), (jnp.concatenate(alone), state)


def short_and_filled(case: Case, params: Any, state: Any, x: Any) -> Any:
    """A batch of three, and the same with two rows that only fill it up, which hold no numbers at all."""
    filling = jnp.zeros_like(x[:2]) if case.entries else jnp.full_like(x[:2], jnp.nan)
    mask = jnp.array([1.0, 1, 1, 0, 0])
    y, after = run(case, params, state, jnp.concatenate([x, filling]), mask=mask)
    return run(case, params, state, x), (y[:3], after)


def at_once_and_in_turn(case: Case, params: Any, state: Any, x: Any) -> Any:
    """Two networks by `vmap` over their stacked variables, and one after the other."""
    many = [(params, state), start(case, 2)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *many)
    at_once = jax.vmap(lambda p, s: run(case, p, s, x), axis_size=2)(*stacked)
    return at_once, jax.tree.map(lambda *leaves: jnp.stack(leaves), *[run(case, *one, x) for one in many])


def gradients(case: Case, params: Any, state: Any, x: Any) -> Any:
    """The gradient by every parameter."""
    return jax.grad(lambda p: weighted_sum(run(case, p, state, x)[0]))(params)


def extremes(case: Case, params: Any, state: Any, x: Any) -> Any:
    """Outputs, states and gradients for very large, zero and very small inputs."""

    def total(params: Any, x: jax.Array) -> Any:
        y, after = run(case, params, state, x)
        return weighted_sum(y), (y, after)

    def everything(size: jax.Array) -> Any:
        inputs = x if case.entries else jnp.sign(x) * size
        return jax.value_and_grad(total, argnums=0 if case.entries else (0, 1), has_aux=True)(params, inputs)

    return jax.vmap(everything)(jnp.array([1e4, 0, 1e-38]))


def chances(case: Case, params: Any, state: Any, x: Any) -> Any:
    """Outputs for a key, the same key, and another one."""
    return [run(case, params, state, x, seed=seed)[0] for seed in (5, 5, 6)]


@cache
def observed(case: Case) -> Any:
    """All of that."""
    looks = (together_and_alone, short_and_filled, at_once_and_in_turn, gradients, extremes, chances)
    look = jax.jit(lambda *inputs: {look.__name__: look(case, *inputs) for look in looks})
    return look(*start(case), batch(case, 3))


def derivatives(case: Case, training: bool, params: Any, state: Any, x: Any) -> Any:
    """First and second derivatives along two directions: by differences, forwards, and backwards."""
    point = (params, None if case.entries else x)
    one, two = (jax.tree.map(lambda p, n=n: jnp.cos(n * jnp.arange(p.size)).reshape(p.shape), point) for n in (1, 2))

    def number(at: Any) -> jax.Array:
        return weighted_sum(run(case, at[0], state, x if case.entries else at[1], training)[0])

    def number_and_slope(ahead: jax.Array, aside: jax.Array) -> Any:
        at = jax.tree.map(lambda p, v, w: p + ahead * v + aside * w, point, one, two)
        return jax.jvp(number, (at,), (one,))

    def along_one(gradient: Any) -> jax.Array:
        return sum(jax.tree.leaves(jax.tree.map(jnp.vdot, gradient, one)), start=jnp.zeros(()))

    step = 1e-5
    steps = jnp.array([0, step, -step, 0, 0]), jnp.array([0, 0, 0, step, -step])
    numbers, slopes = jax.vmap(number_and_slope)(*steps)
    by_difference = (numbers[1] - numbers[2]) / (2 * step), (slopes[3] - slopes[4]) / (2 * step)
    first, second = jax.jvp(jax.grad(number), (point,), (two,))
    return by_difference, slopes[0], (along_one(first), along_one(second))


# The laws.


def test_every_layer_is_in_the_table() -> None:
    assert registered_layers() == {type(case.layer).__name__ for case in CASES}


@each_case
def test_json_round_trip_is_exact(case: Case) -> None:
    again = from_json(json.loads(json.dumps(to_json(case.layer))), Layer, "network")
    assert again == case.layer
    assert hash(again) == hash(case.layer)
    assert repr(again) == repr(case.layer)


@each_case
def test_variables_are_those_declared(case: Case) -> None:
    params, state = jax.eval_shape(lambda: case.layer.init(jax.random.key(0), batch(case, 1)))
    assert types(params) == declared(case.layer.parameters(case.shape))
    assert types(state) == declared(case.layer.memory(case.shape))


@each_case
def test_output_shape_is_what_apply_gives(case: Case) -> None:
    params, state = start(case)
    for rows in (0, 1, 3):
        y, after = jax.eval_shape(partial(run, case, training=rows > 0), params, state, batch(case, rows))
        assert types(y) == ((rows, *case.layer.output_shape(case.shape)), "float32")
        assert types(after) == types(state), "a state that changes its type cannot be carried through a loop"


@each_case
def test_compiled_is_eager_and_compiles_once(case: Case) -> None:
    traces = []

    @partial(jax.jit, static_argnums=0)
    def compiled(layer: Layer, params: Any, state: Any, x: jax.Array) -> Any:
        traces.append(layer)
        return run(Case(layer, case.shape, None), params, state, x)

    params, state, x = jax.tree.map(jnp.asarray, (*start(case), batch(case, 3)))
    first = compiled(case.layer, params, state, x)
    second = compiled(from_json(to_json(case.layer), Layer, "network"), params, state, x)
    assert_close(first, second, 0)
    assert len(traces) == 1
    assert_close(first, run(case, params, state, x))


@each_case
def test_a_batch_is_its_examples_one_by_one(case: Case) -> None:
    assert_close(*observed(case)["together_and_alone"])


@each_case
def test_rows_that_fill_up_a_batch_change_nothing(case: Case) -> None:
    assert_close(*observed(case)["short_and_filled"])


@each_case
def test_many_networks_run_at_once(case: Case) -> None:
    assert_close(*observed(case)["at_once_and_in_turn"])


@each_case
def test_every_parameter_counts(case: Case) -> None:
    assert all(np.abs(leaf).max() > 1e-4 for leaf in jax.tree.leaves(observed(case)["gradients"]))


@each_case
def test_extreme_inputs_give_finite_numbers(case: Case) -> None:
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(observed(case)["extremes"]))


TAKES_CHANCES = ("ropout", "VarySpectrogram", "Variational", "Boltzmann", "Adversarial", "Noise", "SelfPlay")


@each_case
def test_chance_comes_from_the_key_alone(case: Case) -> None:
    one, same, other = observed(case)["chances"]
    assert_close(one, same, 0)
    takes_chances = any(name in repr(case.layer) for name in TAKES_CHANCES)
    takes_chances &= "GeneralBoltzmann" not in repr(case.layer)  # chance is in its gradient alone
    assert takes_chances == (not np.array_equal(one, other))


@each_case
@pytest.mark.parametrize("training", [False, True])
def test_gradients_are_right(case: Case, training: bool) -> None:
    if training and not case.layer.memory(case.shape):
        return  # computes the same while training, but for chance
    with jax.enable_x64(True):
        inputs = jax.tree.map(in_float64, (*start(case), batch(case, 3)))
        by_difference, forwards, backwards = jax.jit(partial(derivatives, case, training))(*inputs)
    np.testing.assert_allclose(forwards, backwards[0], rtol=1e-10, atol=1e-12)
    if case.smooth:  # the straight-through gradient is not the derivative, on purpose
        np.testing.assert_allclose(backwards, by_difference, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@each_case
def test_gradients_are_right_in_every_mode(case: Case) -> None:
    if not case.smooth:
        pytest.skip("the straight-through gradient is not the derivative, on purpose")
    with jax.enable_x64(True):
        params, state, x = jax.tree.map(in_float64, (*start(case), batch(case, 3)))

        def output(params: Any, x: jax.Array = x) -> jax.Array:
            y: jax.Array = run(case, params, state, x)[0]
            return y

        points = (params,) if case.entries else (params, x)
        check_grads(jax.jit(output), points, order=2, modes=("fwd", "rev"), rtol=1e-5, atol=1e-6, eps=1e-5)


@each_case
def test_a_refused_shape_names_the_layer(case: Case) -> None:
    if case.refused is None:
        assert case.layer.output_shape((3, 2))
        return
    x = np.zeros((2, *case.refused))
    came = re.escape(f"got ({', '.join(['batch', *map(str, case.refused)])})")
    for attempt in (case.layer.output_shape, lambda _: case.layer.init(jax.random.key(0), x)):
        with pytest.raises(ShapeError, match=rf"(^|, ){inner_name(case.layer)}\(.* needs .*; {came}"):
            attempt(case.refused)
    with pytest.raises(ShapeError, match=came):
        case.layer.apply({}, {}, x)
    network = Sequential(la.Activation("linear"), case.layer)
    with pytest.raises(ShapeError, match=rf"^layer 2 of 2, .*{inner_name(case.layer)}\(.* needs "):
        network.output_shape(case.refused)


def inner_name(layer: Any) -> str:
    """The name of the layer that refuses: the first one inside a container, or one that needs windows for itself."""
    if isinstance(layer, la.OnNaive):
        return "OnNaive"
    inner = next((getattr(layer, name) for name in ("body", "layer", "network") if hasattr(layer, name)), None)
    inside = [*getattr(layer, "layers", ()), inner]
    return inner_name(inside[0]) if inside[0] is not None else type(layer).__name__
