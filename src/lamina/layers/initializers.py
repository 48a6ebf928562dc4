"""How weights start: random, scaled so that signals keep their size from layer to layer; biases zero."""

from __future__ import annotations

import math
from collections.abc import Callable

from lamina.arrays import Array, Key, Shape, jax, jnp
from lamina.errors import SettingError
from lamina.layers.drawings import digit_pixels


def fans(shape: Shape) -> tuple[int, int]:
    """How many inputs a neuron has, and how many neurons an input reaches.

    A weight (inputs, units) has the fans (inputs, units); for filters (height, width, channels, filters) both
    are multiplied by height times width.
    """
    if len(shape) < 2:
        return max(1, math.prod(shape)), max(1, math.prod(shape))
    field = math.prod(shape[:-2])
    return max(1, field * shape[-2]), max(1, field * shape[-1])


def glorot_uniform(key: Key, shape: Shape) -> Array:
    """Uniform in +-sqrt(6 / (fan_in + fan_out)). Source: Glorot and Bengio (2010), equation 16."""
    fan_in, fan_out = fans(shape)
    limit = math.sqrt(6 / (fan_in + fan_out))
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)


def glorot_normal(key: Key, shape: Shape) -> Array:
    """Normal with variance 2 / (fan_in + fan_out). Source: Glorot and Bengio (2010), equation 12."""
    fan_in, fan_out = fans(shape)
    return math.sqrt(2 / (fan_in + fan_out)) * jax.random.normal(key, shape)


def he_uniform(key: Key, shape: Shape) -> Array:
    """Uniform in +-sqrt(6 / fan_in). Source: He et al., Delving Deep into Rectifiers, equation 10."""
    limit = math.sqrt(6 / fans(shape)[0])
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)


def he_normal(key: Key, shape: Shape) -> Array:
    """Normal with variance 2 / fan_in. Source: He et al., Delving Deep into Rectifiers, equation 10."""
    return math.sqrt(2 / fans(shape)[0]) * jax.random.normal(key, shape)


def lecun_uniform(key: Key, shape: Shape) -> Array:
    """Uniform in +-sqrt(3 / fan_in). Source: LeCun et al., Efficient BackProp (1998), equation 16."""
    limit = math.sqrt(3 / fans(shape)[0])
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)


def lecun_normal(key: Key, shape: Shape) -> Array:
    """Normal with variance 1 / fan_in. Source: LeCun et al., Efficient BackProp (1998), equation 16."""
    return math.sqrt(1 / fans(shape)[0]) * jax.random.normal(key, shape)


def orthogonal(key: Key, shape: Shape) -> Array:
    """Orthonormal columns (or rows, where there are fewer). Source: Saxe, McClelland and Ganguli (2014)."""
    if len(shape) < 2:
        return jax.random.normal(key, shape)
    rows, columns = math.prod(shape[:-1]), shape[-1]
    square = jax.random.normal(key, (max(rows, columns), min(rows, columns)))
    q, r = jnp.linalg.qr(square)
    q = q * jnp.sign(jnp.diagonal(r))  # makes the choice of signs unique, so that q is uniformly distributed
    return (q if rows >= columns else q.T).reshape(shape)


def uniform(key: Key, shape: Shape) -> Array:
    """Uniform in +-0.05."""
    return jax.random.uniform(key, shape, minval=-0.05, maxval=0.05)


def normal(key: Key, shape: Shape) -> Array:
    """Normal with standard deviation 0.05."""
    return 0.05 * jax.random.normal(key, shape)


def unit_normal(key: Key, shape: Shape) -> Array:
    """Normal with standard deviation 1: rows of an Embedding that recurrent layers read."""
    return jax.random.normal(key, shape)


def zeros(key: Key, shape: Shape) -> Array:
    """All 0."""
    return jnp.zeros(shape)


def ones(key: Key, shape: Shape) -> Array:
    """All 1."""
    return jnp.ones(shape)


def forget_gate(key: Key, shape: Shape) -> Array:
    """0, but 1 in the second quarter of the last axis: an LSTM's bias. Source: Jozefowicz et al. (2015)."""
    if not shape:
        return jnp.zeros(shape)
    quarter = shape[-1] // 4
    return jnp.zeros(shape).at[..., quarter : 2 * quarter].set(1)


def signs(key: Key, shape: Shape) -> Array:
    """-1 or 1, each with a chance of one half: random centers of a RadialBasis."""
    return jax.random.rademacher(key, shape, jnp.float32)


def angles(key: Key, shape: Shape) -> Array:
    """Uniform from 0 to 2 pi: phases of waves."""
    return jax.random.uniform(key, shape, maxval=2 * math.pi)


def digit_drawings(key: Key, shape: Shape) -> Array:
    """Ten drawn digits of -1 and 1: the centers (84, 10) of LeNet-5's outputs, and of no other array."""
    drawn = jnp.asarray(digit_pixels(), jnp.float32)
    if shape != drawn.shape:
        raise SettingError(f"the initializer digit_drawings fills an array of shape {drawn.shape} alone; got {shape}")
    return drawn


INITIALIZERS: dict[str, Callable[[Key, Shape], Array]] = {
    function.__name__: function
    for function in (
        glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal,
        orthogonal, uniform, normal, unit_normal, zeros, ones, forget_gate,
        signs, angles, digit_drawings,
    )
}  # fmt: skip
"""Every initializer by its name."""


def initialize(name: str, key: Key, shape: Shape) -> Array:
    """A fresh array from the initializer of this name.

    Example:
        >>> import jax
        >>> initialize("glorot_uniform", jax.random.key(0), (4, 3)).shape
        (4, 3)
    """
    return INITIALIZERS[name](key, shape)


def require_initializer(who: str, name: str) -> None:
    """Raise a SettingError unless there is an initializer of this name."""
    if name not in INITIALIZERS:
        raise SettingError(f"{who} needs an initializer out of {', '.join(INITIALIZERS)}; got {name!r}")
