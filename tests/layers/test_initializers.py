"""Initializers keep the bounds, the variances and the orthogonality that their papers give."""

from __future__ import annotations

import math

import jax
import numpy as np
import pytest

from lamina.errors import SettingError
from lamina.layers.initializers import INITIALIZERS, fans, initialize

SHAPE = (3, 5, 40, 60)
FAN_IN, FAN_OUT = 3 * 5 * 40, 3 * 5 * 60
STANDARD_DEVIATIONS = {
    "glorot_uniform": math.sqrt(2 / (FAN_IN + FAN_OUT)),
    "glorot_normal": math.sqrt(2 / (FAN_IN + FAN_OUT)),
    "he_uniform": math.sqrt(2 / FAN_IN),
    "he_normal": math.sqrt(2 / FAN_IN),
    "lecun_uniform": math.sqrt(1 / FAN_IN),
    "lecun_normal": math.sqrt(1 / FAN_IN),
    "orthogonal": math.sqrt(1 / FAN_IN),
    "uniform": 0.1 / math.sqrt(12),
    "normal": 0.05,
    "unit_normal": 1,
    "zeros": 0,
    "ones": 0,
    "forget_gate": math.sqrt(3) / 4,
    "signs": 1,
    "angles": 2 * math.pi / math.sqrt(12),
}
MEANS = {"ones": 1.0, "forget_gate": 0.25, "angles": math.pi}
DRAWN = "digit_drawings"
"""The one that fills a single shape."""
OF_ANY_SHAPE = [name for name in INITIALIZERS if name != DRAWN]


def test_every_initializer_has_its_spread_here() -> None:
    assert STANDARD_DEVIATIONS.keys() == set(OF_ANY_SHAPE)


@pytest.mark.parametrize("name", OF_ANY_SHAPE)
def test_spread(name: str) -> None:
    values = np.asarray(initialize(name, jax.random.key(0), SHAPE), np.float64)
    expected = STANDARD_DEVIATIONS[name]
    assert values.shape == SHAPE
    # 36,000 numbers: five standard errors of their mean, and of their standard deviation.
    assert abs(values.mean() - MEANS.get(name, 0)) <= 5 * expected / math.sqrt(values.size)
    assert values.std() == pytest.approx(expected, rel=5 / math.sqrt(2 * values.size))
    if name.endswith("uniform"):
        assert np.abs(values).max() <= math.sqrt(3) * expected * (1 + 1e-6)
        assert np.abs(values).max() >= 0.999 * math.sqrt(3) * expected


@pytest.mark.parametrize("name", OF_ANY_SHAPE)
def test_the_key_decides(name: str) -> None:
    one, same, other = (np.asarray(initialize(name, jax.random.key(n), (4, 5))) for n in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.array_equal(one, other) == (name in ("zeros", "ones", "forget_gate"))


@pytest.mark.parametrize("name", OF_ANY_SHAPE)
@pytest.mark.parametrize("shape", [(), (3,), (1, 1), (0, 2)])
def test_small_shapes(name: str, shape: tuple[int, ...]) -> None:
    values = initialize(name, jax.random.key(0), shape)
    assert values.shape == shape
    assert np.isfinite(values).all()


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (3, 3, 2, 4)])
def test_orthogonal_columns_or_rows(shape: tuple[int, ...]) -> None:
    matrix = np.asarray(initialize("orthogonal", jax.random.key(3), shape)).reshape(-1, shape[-1])
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, np.eye(min(matrix.shape)), atol=1e-6)


def test_a_forget_gate_is_open_at_first() -> None:
    assert initialize("forget_gate", jax.random.key(0), (8,)).tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_drawn_digits_have_one_shape() -> None:
    drawn = initialize(DRAWN, jax.random.key(0), (84, 10))
    assert set(np.unique(drawn).tolist()) == {-1.0, 1.0}
    assert len({tuple(column) for column in np.asarray(drawn).T.tolist()}) == 10
    with pytest.raises(SettingError, match=r"digit_drawings fills an array of shape \(84, 10\) alone; got \(4, 3\)"):
        initialize(DRAWN, jax.random.key(0), (4, 3))


def test_fans() -> None:
    assert fans((784, 128)) == (784, 128)
    assert fans(SHAPE) == (FAN_IN, FAN_OUT)
    assert fans((7,)) == (7, 7)
    assert fans(()) == (1, 1)
