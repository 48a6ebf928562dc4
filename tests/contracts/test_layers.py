"""One table of all layers, and the laws that each of them keeps.

A new layer is entered in `cases.py`; a registered layer without a case fails the first test.
"""

from __future__ import annotations

import importlib
import itertools
import json
import pkgutil
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
import lamina.layers
from lamina import Layer, Sequential, ShapeError
from lamina.arrays import Numpy
from lamina.layers.base import Variable
from lamina.recipes import RECIPES, from_json, to_json
from tests.compiling import QUICKLY
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


# What the laws look at. Most of the time goes into compiling, so that the laws share programs: one for each mode and
# number of rows, which is called as often as it takes.

quick = partial(jax.jit, compiler_options=QUICKLY)
TRACED: list[Layer] = []
"""The layers of which a program was traced, each time anew."""


@partial(quick, static_argnames=("layer", "training"))
def compiled(
    layer: Layer, params: Any, state: Any, x: jax.Array, *, training: bool = True, mask: Any = None, seed: Any = 2
) -> Any:
    """Output and state of the layer, with a key, as a program."""
    TRACED.append(layer)
    return layer.apply(params, state, x, key=jax.random.key(seed), training=training, mask=mask)


@lru_cache(8)
def short(case: Case) -> Any:
    """Output and state for a batch of three, while training."""
    return compiled(case.layer, *start(case), batch(case, 3))


@lru_cache(8)
def differentiated(case: Case) -> Any:
    """((weighted sum, (outputs, state)), gradients) for inputs as they come, very large, zero and very small ones."""
    params, state = start(case)
    x = batch(case, 3)
    sizes = [] if case.entries else [1e4, 0, 1e-38]

    def total(params: Any, x: jax.Array) -> Any:
        y, after = run(case, params, state, x)
        return weighted_sum(y), (y, after)

    slope = jax.value_and_grad(total, argnums=0 if case.entries else (0, 1), has_aux=True)
    inputs = np.stack([x, *(np.sign(x) * np.float32(size) for size in sizes)])
    return quick(jax.vmap(slope, (None, 0)))(params, inputs)


Number = Callable[[Any], jax.Array]
Way = Callable[[Number, Any, Any], tuple[jax.Array, jax.Array]]


def forwards(function: Number, at: Any, direction: Any) -> tuple[jax.Array, jax.Array]:
    """A number, and how it changes in a direction, by forward differentiation."""
    return jax.jvp(function, (at,), (direction,))


def backwards(function: Number, at: Any, direction: Any) -> tuple[jax.Array, jax.Array]:
    """A number, and how it changes in a direction, by backward differentiation."""
    value, gradient = jax.value_and_grad(function)(at)
    return value, sum(jax.tree.leaves(jax.tree.map(jnp.vdot, gradient, direction)), start=jnp.zeros(()))


def derivatives(case: Case, training: bool, ways: Sequence[tuple[Way, Way]], params: Any, state: Any, x: Any) -> Any:
    """First and second derivatives along two directions: by differences, and in every one of these ways."""
    point = (params, None if case.entries else x)
    one, two = (jax.tree.map(lambda p, n=n: jnp.cos(n * jnp.arange(p.size)).reshape(p.shape), point) for n in (1, 2))

    def number(at: Any) -> jax.Array:
        return weighted_sum(run(case, at[0], state, x if case.entries else at[1], training)[0])

    def number_and_slope(ahead: jax.Array, aside: jax.Array) -> Any:
        at = jax.tree.map(lambda p, v, w: p + ahead * v + aside * w, point, one, two)
        return jax.jvp(number, (at,), (one,))

    def slope_by(first: Way) -> Number:
        return lambda at: first(number, at, one)[1]

    step = 1e-5
    steps = jnp.array([0, step, -step, 0, 0]), jnp.array([0, 0, 0, step, -step])
    numbers, slopes = jax.vmap(number_and_slope)(*steps)
    by_difference = (numbers[1] - numbers[2]) / (2 * step), (slopes[3] - slopes[4]) / (2 * step)
    each = [second(slope_by(first), point, two) for first, second in ways]
    return by_difference, slopes[0], each


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
        y, after = compiled.eval_shape(case.layer, params, state, batch(case, rows), training=rows > 1)
        assert types(y) == ((rows, *case.layer.output_shape(case.shape)), "float32")
        assert types(after) == types(state), "a state that changes its type cannot be carried through a loop"


@each_case
def test_compiled_is_eager_and_compiles_once(case: Case) -> None:
    given, first = (*start(case), batch(case, 3)), short(case)
    TRACED.clear()
    second = compiled(from_json(to_json(case.layer), Layer, "network"), *given)
    assert TRACED == [], "an equal layer finds the program that is there"
    assert_close(first, second, 0)
    assert_close(first, run(case, *jax.tree.map(jnp.asarray, given)))


def test_a_layer_with_other_settings_is_compiled_anew() -> None:
    TRACED.clear()
    other = [la.Dense(5), la.Dense(6)]
    for layer in (*other, la.Dense(5)):
        case = Case(layer, (5,), None)
        compiled(layer, *start(case), batch(case, 2))
    assert other == TRACED


@each_case
def test_a_batch_is_its_examples_one_by_one(case: Case) -> None:
    params, state, x = *start(case), batch(case, 3)
    alone = [compiled(case.layer, params, state, x[i : i + 1], training=False)[0] for i in range(len(x))]
    assert_close(compiled(case.layer, params, state, x, training=False), (np.concatenate(alone), state))


@each_case
def test_rows_that_fill_up_a_batch_change_nothing(case: Case) -> None:
    """Two rows that hold no numbers at all."""
    x = batch(case, 3)
    filling = np.zeros_like(x[:2]) if case.entries else np.full_like(x[:2], np.nan)
    mask = np.array([1, 1, 1, 0, 0], np.float32)
    y, after = compiled(case.layer, *start(case), np.concatenate([x, filling]), mask=mask)
    assert_close(short(case), (y[:3], after))


@each_case
def test_many_networks_run_at_once(case: Case) -> None:
    """Two networks by `vmap` over their stacked variables, and one after the other."""
    x, other = batch(case, 3), start(case, 2)
    both = [short(case), compiled(case.layer, *other, x)]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), start(case), other)
    at_once = quick(jax.vmap(partial(run, case), (0, 0, None), axis_size=2))(*stacked, x)
    assert_close(at_once, jax.tree.map(lambda *leaves: np.stack(leaves), *both))


@each_case
def test_every_parameter_counts(case: Case) -> None:
    gradients = differentiated(case)[1]
    by_params = gradients if case.entries else gradients[0]
    assert all(np.abs(leaf[0]).max() > 1e-4 for leaf in jax.tree.leaves(by_params))


@each_case
def test_extreme_inputs_give_finite_numbers(case: Case) -> None:
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(differentiated(case)))


TAKES_CHANCES = ("ropout", "VarySpectrogram", "Variational", "Boltzmann", "Adversarial", "Noise", "SelfPlay")


@each_case
def test_chance_comes_from_the_key_alone(case: Case) -> None:
    one, same, other = (compiled(case.layer, *start(case), batch(case, 3), seed=seed)[0] for seed in (5, 5, 6))
    assert_close(one, same, 0)
    takes_chances = any(name in repr(case.layer) for name in TAKES_CHANCES)
    takes_chances &= "GeneralBoltzmann" not in repr(case.layer)  # chance is in its gradient alone
    assert takes_chances == (not np.array_equal(one, other))


def check_derivatives(case: Case, training: bool, ways: Sequence[tuple[Way, Way]]) -> None:
    """In double precision."""
    with jax.enable_x64(True):
        inputs = jax.tree.map(in_float64, (*start(case), batch(case, 3)))
        by_difference, slope, in_each_way = quick(partial(derivatives, case, training, ways))(*inputs)
    for found in in_each_way:
        np.testing.assert_allclose(slope, found[0], rtol=1e-10, atol=1e-12)
        if case.smooth:  # the straight-through gradient is not the derivative, on purpose
            np.testing.assert_allclose(found, by_difference, rtol=1e-5, atol=1e-6)


@each_case
@pytest.mark.parametrize("training", [False, True])
def test_gradients_are_right(case: Case, training: bool) -> None:
    if training and not case.layer.memory(case.shape):
        return  # computes the same while training, but for chance
    check_derivatives(case, training, [(backwards, forwards)])


@pytest.mark.slow
@each_case
def test_gradients_are_right_in_every_mode(case: Case) -> None:
    if not case.smooth:
        pytest.skip("the straight-through gradient is not the derivative, on purpose")
    check_derivatives(case, True, list(itertools.product((forwards, backwards), repeat=2)))


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
