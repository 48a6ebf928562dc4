"""Normalization: numbers brought to mean 0 and variance 1, then to a learnt mean and spread."""

from __future__ import annotations

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError, ShapeError
from lamina.kernels.normalization import batch_norm
from lamina.layers.base import Layer, PureLayer, Variable, Variables
from lamina.recipes import recipe


@recipe
class BatchNorm(Layer):
    """Each channel normalized over the batch: y = scale (x - mean) / sqrt(variance + epsilon) + bias.

    While training, mean and variance are the batch's (rows that only fill it up do not count), and running
    ones are kept: running = momentum running + (1 - momentum) batch. Outside training the running ones are
    used. The running variance takes the batch's as it is, like Keras; PyTorch multiplies it by n / (n - 1).

    Shapes:
        x: (batch, ..., channels). Output: the same. scale, bias, mean, variance: (channels,).

    Args:
        momentum: share of the running numbers that is kept at each step (PyTorch's momentum is 1 - this).
        epsilon: keeps the root away from zero.

    Raises:
        SettingError: a momentum outside 0 to below 1, an epsilon that is not positive.
        ShapeError: an example without an axis.

    Source:
        Ioffe and Szegedy, Batch Normalization (2015), algorithms 1 and 2.

    Example:
        >>> import lamina
        >>> sorted(lamina.BatchNorm().parameters((8, 8, 16)))
        ['bias', 'scale']
    """

    momentum: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        _require_epsilon("BatchNorm", self.epsilon)
        if type(self.momentum) not in (int, float) or not 0 <= self.momentum < 1:
            raise SettingError(f"BatchNorm needs a momentum from 0 to below 1; got {self.momentum!r}")

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        return _require_channels(self, shape)

    def parameters(self, shape: Shape) -> Variables:
        """`scale` and `bias` (channels,)."""
        return {"scale": Variable(shape[-1:], "ones"), "bias": Variable(shape[-1:], "zeros")}

    def memory(self, shape: Shape) -> Variables:
        """`mean` and `variance` (channels,)."""
        return {"mean": Variable(shape[-1:], "zeros"), "variance": Variable(shape[-1:], "ones")}

    def apply(
        self,
        params: Params,
        state: State,
        x: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, State]:
        """scale (x - mean) / sqrt(variance + epsilon) + bias."""
        self.output_shape(x.shape[1:])
        if training:
            return self.normalize(params, state, x, mask)
        factor = params["scale"] * jax.lax.rsqrt(state["variance"] + self.epsilon)
        return (x - state["mean"]) * factor + params["bias"], state

    def normalize(
        self, params: Params, state: State, x: Array, mask: Array | None, relu: bool = False, added: Array | None = None
    ) -> tuple[Array, State]:
        """By the batch's own mean and variance; with something added, and ReLU, in the same pass."""
        real = jnp.ones(len(x), x.dtype) if mask is None else mask
        y, mean, variance = batch_norm(x, params["scale"], params["bias"], real, self.epsilon, relu, added)
        kept = self.momentum
        return y, {
            "mean": kept * state["mean"] + (1 - kept) * mean,
            "variance": kept * state["variance"] + (1 - kept) * variance,
        }


@recipe
class LayerNorm(PureLayer):
    """Each example's last axis normalized by itself: y = scale (x - mean) / sqrt(variance + epsilon) + bias.

    Shapes:
        x: (batch, ..., channels). Output: the same. scale, bias: (channels,).

    Args:
        epsilon: keeps the root away from zero.

    Raises:
        SettingError: an epsilon that is not positive.
        ShapeError: an example without an axis.

    Source:
        Ba, Kiros and Hinton, Layer Normalization (2016), equation 4.

    Example:
        >>> import lamina
        >>> lamina.LayerNorm().output_shape((20, 16))
        (20, 16)
    """

    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        _require_epsilon("LayerNorm", self.epsilon)

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        return _require_channels(self, shape)

    def parameters(self, shape: Shape) -> Variables:
        """`scale` and `bias` (channels,)."""
        return {"scale": Variable(shape[-1:], "ones"), "bias": Variable(shape[-1:], "zeros")}

    def forward(self, params: Params, x: Array) -> Array:
        """scale (x - mean) / sqrt(variance + epsilon) + bias."""
        centered = x - x.mean(axis=-1, keepdims=True)
        variance = jnp.mean(centered**2, axis=-1, keepdims=True)
        y: Array = centered * jax.lax.rsqrt(variance + self.epsilon) * params["scale"] + params["bias"]
        return y


@recipe
class UnitLength(PureLayer):
    """Every example at length 1: h = x / |x|, over the last axis; 0 stays 0.

    Shapes:
        x: (batch, ..., features). Output: the same.

    Raises:
        ShapeError: an example without an axis.

    Source:
        Schroff et al., FaceNet (2015), section 3: embeddings on the unit sphere.

    Example:
        >>> import lamina
        >>> lamina.UnitLength().output_shape((16,))
        (16,)
    """

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        return _require_channels(self, shape)

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """x / |x|."""
        squared = jnp.square(x).sum(axis=-1, keepdims=True)
        y: Array = x * jax.lax.rsqrt(jnp.where(squared > 0, squared, 1.0))
        return y


def _require_channels(layer: Layer, shape: Shape) -> Shape:
    if not shape or 0 in shape:
        raise ShapeError(repr(layer), "examples of shape (batch, ..., channels)", shape)
    return tuple(shape)


def _require_epsilon(who: str, epsilon: float) -> None:
    if type(epsilon) is not float or not 0 < epsilon < 1:
        raise SettingError(f"{who} needs an epsilon between 0 and 1; got {epsilon!r}")
