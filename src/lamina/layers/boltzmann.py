"""Restricted Boltzmann machines: hidden neurons that learn which states of the visible ones are likely."""

from __future__ import annotations

from typing import Any

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError
from lamina.layers.base import Layer, Variable, Variables, require_key, require_positive, require_rank
from lamina.layers.generative import between_zero_and_one, with_slope_of
from lamina.recipes import recipe

VISIBLE = ("bernoulli", "gaussian")
MOST_STEPS = 1_000
BURN_IN = 500
"""Steps of Gibbs sampling from noise to a new example."""
TURNED = 32
"""Outside training so many neurons, evenly spaced, are turned over one at a time; while training one by chance."""


@recipe
class Boltzmann(Layer):
    """Restricted Boltzmann machines on top of each other, each learnt by contrastive divergence.

    A machine gives visible neurons v and hidden ones h the energy E = -b v - c h - v W h; the free energy is

        F(v) = -b v - sum_j log(1 + exp(c_j + (v W)_j))          visible neurons 0 or 1
        F(v) = |v - b|^2 / 2 - sum_j log(1 + exp(c_j + (v W)_j))   visible neurons normal with variance 1

    Learning lowers F of the examples and raises it where `steps` rounds of Gibbs sampling lead: the gradient is that of
    F(v_data) - F(v_sampled), the sample held fixed. The number that is told is no difference of energies, which says
    little: it is minus the pseudo-likelihood, n log(1 + exp(F(v) - F(v with one neuron turned over))), and for normal
    neurons half the squared distance of the reconstruction. The hidden probabilities of one machine are the examples
    of the next; all learn at the same time.

    Shapes:
        x: (batch, inputs). Output: (batch, machines), the number of each. weight W: (inputs, units), visible_bias b:
        (inputs,), hidden_bias c: (units,) under each machine's number.

    Args:
        hidden: hidden neurons of each machine.
        visible: "bernoulli" for values from 0 to 1, "gaussian" for standardized ones; of the first machine.
        steps: k, rounds of Gibbs sampling.
        chains: samples that go on from step to step (persistent contrastive divergence); 0 begins at the examples.

    Raises:
        SettingError: a setting out of its range; training without a key; values outside 0 to 1 for "bernoulli" (in
            a compiled program the output is NaN then).
        ShapeError: no rows of numbers.

    Source:
        Hinton, Training Products of Experts by Minimizing Contrastive Divergence (2002); Tieleman (2008) for chains
        that go on; Hinton, A Practical Guide to Training Restricted Boltzmann Machines (2010), section 13.2, for
        normal neurons; Hinton, Osindero and Teh (2006) for machines on top of each other.

    Example:
        >>> import lamina
        >>> lamina.Boltzmann((32,)).output_shape((64,))
        (1,)
    """

    hidden: tuple[int, ...]
    visible: str = "bernoulli"
    steps: int = 1
    chains: int = 0

    def __post_init__(self) -> None:
        require_positive("Boltzmann", hidden=self.hidden)
        if self.visible not in VISIBLE:
            raise SettingError(f"Boltzmann needs visible neurons out of {', '.join(VISIBLE)}; got {self.visible!r}")
        if type(self.steps) is not int or not 1 <= self.steps <= MOST_STEPS:
            raise SettingError(f"Boltzmann needs 1 to {MOST_STEPS:,} steps; got {self.steps!r}")
        if type(self.chains) is not int or not 0 <= self.chains <= 100_000:
            raise SettingError(f"Boltzmann needs 0 to 100,000 chains; got {self.chains!r}")

    @property
    def terms(self) -> tuple[str, ...]:
        """What is told of each machine."""
        if len(self.hidden) > 1:
            return tuple(f"machine {number + 1}" for number in range(len(self.hidden)))
        return ("minus pseudo-likelihood",) if self.visible == "bernoulli" else ("reconstruction",)

    @property
    def watched(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def output_shape(self, shape: Shape) -> Shape:
        """(machines,)."""
        require_rank(self, shape, 1, "rows of shape (batch, inputs)")
        return (len(self.hidden),)

    def parameters(self, shape: Shape) -> Variables:
        """`weight`, `visible_bias` and `hidden_bias` under each machine's number."""
        return {
            str(number): {
                "weight": Variable((inputs, units), "normal"),
                "visible_bias": Variable((inputs,), "zeros"),
                "hidden_bias": Variable((units,), "zeros"),
            }
            for number, (inputs, units) in enumerate(self._sizes(shape))
        }

    def memory(self, shape: Shape) -> Variables:
        """The `chains` of each machine, where they go on."""
        if not self.chains:
            return {}
        sizes = enumerate(self._sizes(shape))
        return {str(number): {"chains": Variable((self.chains, inputs), "zeros")} for number, (inputs, _) in sizes}

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
        """The number of each machine; while training with the gradient of contrastive divergence."""
        self.output_shape(x.shape[1:])
        if training:
            require_key(self, key)
        v = x if self.visible == "gaussian" else between_zero_and_one(self, x)
        found, after = [], {}
        for number in range(len(self.hidden)):
            own = params[str(number)]
            own_key = None if key is None or not training else jax.random.fold_in(key, number)
            value = self._told(number, own, v, own_key)
            if own_key is not None:
                chains = state[str(number)]["chains"] if self.chains else v
                sampled = self._gibbs(number, own, chains, jax.random.fold_in(own_key, 1))
                value = with_slope_of(value, self._contrast(number, own, v, sampled))
                if self.chains:
                    after[str(number)] = {"chains": sampled}
            found.append(value)
            v = jax.lax.stop_gradient(self.hidden_chances(own, v))
        return jnp.stack(found, axis=1), after if training else state

    def hidden_chances(self, own: Any, v: Array) -> Array:
        """p(h = 1 | v) = sigmoid(c + v W) of one machine's parameters."""
        chances: Array = jax.nn.sigmoid(own["hidden_bias"] + v @ own["weight"])
        return chances

    def free_energy(self, number: int, own: Any, v: Array) -> Array:
        """F(v) of a machine, (batch,)."""
        softplus = jax.nn.softplus(own["hidden_bias"] + v @ own["weight"]).sum(axis=-1)
        if self._normal(number):
            softplus = softplus - jnp.square(v - own["visible_bias"]).sum(axis=-1) / 2
            return -softplus
        energy: Array = -(v @ own["visible_bias"]) - softplus
        return energy

    def generate(self, params: Params, state: State, key: Key, shape: Shape, count: int) -> Array:
        """Examples by Gibbs sampling in the last machine from noise, then down through the others."""
        last = len(self.hidden) - 1
        own = params[str(last)]
        start_key, sample_key, last_key = jax.random.split(key, 3)
        start = jax.random.bernoulli(start_key, shape=(count, own["visible_bias"].shape[0])).astype(jnp.float32)
        keys = jax.random.split(sample_key, BURN_IN)
        v, _ = jax.lax.scan(lambda v, key: (self._round(last, own, v, key), None), start, keys)
        h = jax.random.bernoulli(last_key, self.hidden_chances(own, v)).astype(v.dtype)
        return self._down(params, h)

    def encode(self, params: Params, state: State, x: Array) -> Array:
        """The probabilities of the last machine's hidden neurons."""
        v = x
        for number in range(len(self.hidden)):
            v = self.hidden_chances(params[str(number)], v)
        return v

    def reconstruct(self, params: Params, state: State, x: Array) -> Array:
        """Up through all machines and down again, by probabilities."""
        return self._down(params, self.encode(params, state, x))

    def _sizes(self, shape: Shape) -> list[tuple[int, int]]:
        return list(zip((shape[-1], *self.hidden[:-1]), self.hidden, strict=True))

    def _normal(self, number: int) -> bool:
        """Whether a machine's visible neurons are normal; those above the first see probabilities."""
        return number == 0 and self.visible == "gaussian"

    def _told(self, number: int, own: Any, v: Array, key: Key | None) -> Array:
        """Minus the pseudo-likelihood, or the distance of the reconstruction; no gradient goes through it."""
        own, v = jax.lax.stop_gradient((own, v))
        if self._normal(number):
            again = own["visible_bias"] + self.hidden_chances(own, v) @ own["weight"].T
            return jnp.square(v - again).sum(axis=1) / 2
        inputs = v.shape[1]
        if key is not None:
            rows, places = jnp.arange(len(v)), jax.random.randint(key, (len(v),), 0, inputs)
            turned = v.at[rows, places].set(1 - v[rows, places])
            return inputs * jax.nn.softplus(_energies_apart(own, v, turned))

        def turn(place: Array) -> Array:
            return jax.nn.softplus(_energies_apart(own, v, v.at[:, place].set(1 - v[:, place])))

        places = jnp.linspace(0, inputs - 1, min(TURNED, inputs)).astype(jnp.int32)
        told: Array = inputs * jax.lax.map(turn, places).mean(axis=0)
        return told

    def _contrast(self, number: int, own: Any, v: Array, sampled: Array) -> Array:
        """F(v_data) - F(v_sampled); of chains that go on, their mean stands beside each example."""
        negative = self.free_energy(number, own, jax.lax.stop_gradient(sampled))
        return self.free_energy(number, own, v) - (negative.mean() if self.chains else negative)

    def _gibbs(self, number: int, own: Any, v: Array, key: Key) -> Array:
        """`steps` rounds from visible neurons to visible neurons."""
        own = jax.lax.stop_gradient(own)
        for round_key in jax.random.split(key, self.steps):
            v = self._round(number, own, v, round_key)
        return v

    def _round(self, number: int, own: Any, v: Array, key: Key) -> Array:
        """Hidden neurons drawn from the visible ones, and these from them."""
        up, down = jax.random.split(key)
        h = jax.random.bernoulli(up, self.hidden_chances(own, v)).astype(v.dtype)
        if self._normal(number):
            drawn: Array = own["visible_bias"] + h @ own["weight"].T + jax.random.normal(down, v.shape, v.dtype)
            return drawn
        drawn = jax.random.bernoulli(down, _visible_chances(own, h)).astype(v.dtype)
        return drawn

    def _down(self, params: Params, h: Array) -> Array:
        """From the last machine's hidden probabilities to the first one's visible ones."""
        for number in reversed(range(len(self.hidden))):
            own = params[str(number)]
            h = own["visible_bias"] + h @ own["weight"].T if self._normal(number) else _visible_chances(own, h)
        return h


def _visible_chances(own: Any, h: Array) -> Array:
    """p(v = 1 | h) = sigmoid(b + h W^T)."""
    chances: Array = jax.nn.sigmoid(own["visible_bias"] + h @ own["weight"].T)
    return chances


def _energies_apart(own: Any, v: Array, turned: Array) -> Array:
    """F(v) - F(turned), neuron by neuron, since the difference of the two sums would be rounded as they are."""
    before, after = (jax.nn.softplus(own["hidden_bias"] + one @ own["weight"]) for one in (v, turned))
    apart: Array = (turned - v) @ own["visible_bias"] + (after - before).sum(axis=-1)
    return apart
