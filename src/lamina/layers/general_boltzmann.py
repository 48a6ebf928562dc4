"""The general Boltzmann machine: every neuron is connected with every other, within a layer too."""

from __future__ import annotations

import math

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import Layer, Variable, Variables, require_key, require_positive, require_rank
from lamina.layers.generative import between_zero_and_one, with_slope_of
from lamina.recipes import recipe

MOST_NEURONS = 1_000
ROUNDS = 10
"""Outside training the hidden neurons' chances are brought to rest in so many rounds."""
BURN_IN = 200
"""Sweeps of Gibbs sampling from noise to a new example."""


@recipe
class GeneralBoltzmann(Layer):
    """Visible and hidden neurons s of 0 or 1, each connected with all others.

        E(s) = -sum_(i<j) w_ij s_i s_j - sum_i b_i s_i,    p(s_i = 1 | all others) = sigmoid(b_i + sum_j w_ij s_j)

    Learning lowers E where the examples hold the visible neurons, and raises it where the machine goes by itself: the
    gradient of a weight is -(<s_i s_j> held - <s_i s_j> free). Both are found by Gibbs sampling, neuron after neuron;
    the free samples go on from step to step. The number that is told is -sum_i log p(v_i | all others), the hidden
    neurons at their chances: without hidden neurons it is minus the pseudo-likelihood.

    Shapes:
        x: (batch, inputs). Output: (batch, 1), the number. weight: (neurons, neurons) with neurons = inputs + hidden,
        of which what lies below the diagonal counts, for both directions. bias b: (neurons,), the visible ones first.

    Args:
        hidden: hidden neurons; 0 for none.
        steps: sweeps of Gibbs sampling in a training step.
        chains: samples that go on.

    Raises:
        SettingError: a setting out of its range; training without a key; values outside 0 to 1 (in a compiled program
            the output is NaN then).
        ShapeError: no rows of numbers, or more than 1,000 neurons.

    Source:
        Ackley, Hinton and Sejnowski, A Learning Algorithm for Boltzmann Machines (1985), equation 7; Tieleman (2008)
        for samples that go on.

    Example:
        >>> import lamina
        >>> lamina.GeneralBoltzmann(8).output_shape((16,))
        (1,)
    """

    hidden: int
    steps: int = 2
    chains: int = 64

    def __post_init__(self) -> None:
        require_positive("GeneralBoltzmann", steps=self.steps, chains=self.chains)
        if type(self.hidden) is not int or self.hidden < 0:
            raise SettingError(f"GeneralBoltzmann needs 0 or more hidden neurons; got {self.hidden!r}")

    @property
    def terms(self) -> tuple[str, ...]:
        """What is told."""
        return ("minus pseudo-likelihood",)

    @property
    def watched(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def output_shape(self, shape: Shape) -> Shape:
        """(1,)."""
        require_rank(self, shape, 1, "rows of shape (batch, inputs)")
        if shape[0] + self.hidden > MOST_NEURONS:
            cure = "Take Boltzmann, whose neurons are sampled all at once."
            raise ShapeError(repr(self), f"at most {MOST_NEURONS:,} neurons, hidden ones included", shape, cure)
        return (1,)

    def parameters(self, shape: Shape) -> Variables:
        """`weight` (neurons, neurons) and `bias` (neurons,)."""
        neurons = shape[0] + self.hidden
        return {"weight": Variable((neurons, neurons), "normal"), "bias": Variable((neurons,), "zeros")}

    def memory(self, shape: Shape) -> Variables:
        """The `chains` that go on."""
        return {"chains": Variable((self.chains, shape[0] + self.hidden), "zeros")}

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
        """The number; while training with the gradient of the difference of energies."""
        self.output_shape(x.shape[1:])
        v = between_zero_and_one(self, x)
        told = _told(jax.lax.stop_gradient(params), v, self.hidden)
        if not training:
            return told[:, None], state
        key = require_key(self, key)
        start_key, held_key, free_key = jax.random.split(key, 3)
        inputs, fixed = v.shape[1], jax.lax.stop_gradient(params)
        h = jax.random.bernoulli(start_key, shape=(len(v), self.hidden)).astype(v.dtype)
        held, free = jnp.concatenate([v, h], axis=1), state["chains"]
        for number in range(self.steps):
            held = _sweep(fixed, held, jax.random.fold_in(held_key, number), inputs)
            free = _sweep(fixed, free, jax.random.fold_in(free_key, number), 0)
        difference = energy(params, held) - energy(params, free).mean()
        return with_slope_of(told, difference)[:, None], {"chains": free}

    def generate(self, params: Params, state: State, key: Key, shape: Shape, count: int) -> Array:
        """The visible neurons' chances after many sweeps from noise."""
        start_key, sweep_key = jax.random.split(key)
        s = jax.random.bernoulli(start_key, shape=(count, len(params["bias"]))).astype(jnp.float32)
        keys = jax.random.split(sweep_key, BURN_IN)
        s, _ = jax.lax.scan(lambda s, key: (_sweep(params, s, key, 0), None), s, keys)
        return _chances(params, s)[:, : math.prod(shape)]


def energy(params: Params, s: Array) -> Array:
    """E of states (batch, neurons)."""
    found: Array = -jnp.sum(s @ jnp.tril(params["weight"], -1) * s, axis=1) - s @ params["bias"]
    return found


def _weights(params: Params) -> Array:
    """w: symmetric, with zeros on the diagonal."""
    lower = jnp.tril(params["weight"], -1)
    return lower + lower.T


def _chances(params: Params, s: Array) -> Array:
    """p(s_i = 1 | all others) of every neuron."""
    return jax.nn.sigmoid(params["bias"] + s @ _weights(params))


def _sweep(params: Params, s: Array, key: Key, first: int) -> Array:
    """The neurons from `first` on drawn anew, one after the other."""
    weights, drawn = _weights(params), jax.random.uniform(key, s.shape, s.dtype)
    bias = jnp.asarray(params["bias"])  # of a loaded model it is an array of the host

    def draw(place: Array, s: Array) -> Array:
        chance = jax.nn.sigmoid(bias[place] + s @ weights[:, place])
        return s.at[:, place].set((drawn[:, place] < chance).astype(s.dtype))

    swept: Array = jax.lax.fori_loop(first, s.shape[1], draw, s)
    return swept


def _told(params: Params, v: Array, hidden: int) -> Array:
    """-sum_i log p(v_i | all others), the hidden neurons at their chances."""
    inputs = v.shape[1]
    start = jnp.concatenate([v, jnp.full((len(v), hidden), 0.5, v.dtype)], axis=1)

    def settle(_: Array, s: Array) -> Array:
        return jnp.concatenate([v, _chances(params, s)[:, inputs:]], axis=1)

    s = jax.lax.fori_loop(0, ROUNDS if hidden else 0, settle, start)
    z = (params["bias"] + s @ _weights(params))[:, :inputs]
    return jnp.sum(jax.nn.softplus(z) - v * z, axis=1)
