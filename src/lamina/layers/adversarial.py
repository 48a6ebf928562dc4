"""Generative adversarial networks: one network draws examples, another tells them from real ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import Layer, Variable, Variables, require_key, require_positive
from lamina.recipes import recipe

SHOWN = 64
"""So many drawn examples tell outside training how the generator does."""
AT_ONCE = 64
"""So many new examples are drawn at a time; thousands at once would fill the memory."""
CANDIDATES = 8
"""So many are drawn for each that is kept."""
TINY = 1e-12
MOMENTUM = 0.9
"""How much of the remembered deviation of real examples stays at each step."""
AVERAGING = 0.999
"""How much of the averaged generator stays at each step: it is the mean of about the last thousand."""


@dataclass(frozen=True)
class Game:
    """What each side minimizes, by an example's score: the discriminator for real and drawn ones, and the generator."""

    real: Callable[[Array], Array]
    drawn: Callable[[Array], Array]
    generator: Callable[[Array], Array]


GAMES = {
    "original": Game(
        lambda score: jax.nn.softplus(-score), lambda score: jax.nn.softplus(score),
        lambda score: -jax.nn.softplus(score),
    ),
    "non_saturating": Game(
        lambda score: jax.nn.softplus(-score), lambda score: jax.nn.softplus(score),
        lambda score: jax.nn.softplus(-score),
    ),
    "hinge": Game(
        lambda score: jax.nn.relu(1 - score), lambda score: jax.nn.relu(1 + score), lambda score: -score
    ),
    "wasserstein": Game(lambda score: -score, lambda score: score, lambda score: -score),
}  # fmt: skip


@recipe
class Adversarial(Layer):
    """A generator G and a discriminator D that learn against each other, in one step.

    Their terms of an example are

        original         D: log(1 + exp -D(x)) + log(1 + exp D(G(z)))   G: -log(1 + exp D(G(z)))
        non_saturating   D: the same                                     G: log(1 + exp -D(G(z)))
        hinge            D: max(0, 1 - D(x)) + max(0, 1 + D(G(z)))       G: -D(G(z))
        wasserstein      D: D(G(z)) - D(x) + penalty (|slope of D at y| - 1)^2    G: -D(G(z))

    with z signs (-1 or 1, each as likely), D(x) a logit, and y on the line between x and G(z), drawn evenly. D's term
    moves D alone, G's term G alone. The spread is watched: the drawn examples' standard deviation over the real ones'.
    Near 0 the generator has collapsed: it draws one example again and again.

    The two sides chase each other around what both aim at. Outside training G is therefore the mean of its weights over
    about the last thousand steps, which the state holds, and D(G(z)) the mean over 64 fixed z.

    Where D(x) is the logarithm of the odds that x is real (original, non_saturating), exp D(x) tells how much more
    likely x is among real examples than among drawn ones. A new example is one of eight, drawn by these weights.

    Shapes:
        x: (batch, ...). Output: (batch, 3): D's term, G's term, the spread of the batch.

    Args:
        generator: gives the shape of x from `noise` numbers.
        discriminator: gives one number, larger for what looks real.
        noise: signs of z.
        game: by name.
        penalty: of the game wasserstein.

    Raises:
        SettingError: parts that are no layers, an unknown game, a negative penalty; training without a key.
        ShapeError: a generator or discriminator of other shapes.

    Source:
        Goodfellow et al., Generative Adversarial Nets (2014), equation 1 and section 3; Miyato et al., Spectral
        Normalization (2018), equations 16 and 17, for hinge; Gulrajani et al., Improved Training of Wasserstein GANs
        (2017), equation 3. The mean of the weights: Yazici et al., The Unusual Effectiveness of Averaging in GAN
        Training (2019), equation 4, and divided as in Adam for the first steps. Signs: Brock, Donahue and Simonyan,
        Large Scale GAN Training (2019), appendix E; there 0 and 1. Weights of new examples: Azadi et al.,
        Discriminator Rejection Sampling (2019), equation 3, with a choice among few instead of a rejection.

    Example:
        >>> from lamina import Adversarial, Dense
        >>> Adversarial(Dense(6), Dense(1), noise=2).output_shape((6,))
        (3,)
    """

    generator: Layer
    discriminator: Layer
    noise: int = 64
    game: str = "non_saturating"
    penalty: float = 10.0

    def __post_init__(self) -> None:
        require_positive("Adversarial", noise=self.noise)
        if not isinstance(self.generator, Layer) or not isinstance(self.discriminator, Layer):
            raise SettingError("Adversarial needs layers as generator and discriminator")
        if self.game not in GAMES:
            raise SettingError(f"Adversarial needs a game out of {', '.join(GAMES)}; got {self.game!r}")
        if type(self.penalty) not in (int, float) or not (math.isfinite(self.penalty) and self.penalty >= 0):
            raise SettingError(f"Adversarial needs a penalty from 0; got {self.penalty!r}")

    @property
    def terms(self) -> tuple[str, ...]:
        """The two sides' terms."""
        return ("discriminator", "generator")

    @property
    def watched(self) -> tuple[str, ...]:
        """The spread."""
        return ("spread",)

    def output_shape(self, shape: Shape) -> Shape:
        """(3,)."""
        given = self.generator.output_shape((self.noise,))
        if given != tuple(shape):
            raise ShapeError(repr(self), f"examples of shape {('batch', *given)}, which its generator gives", shape)
        judged = self.discriminator.output_shape(shape)
        if judged != (1,):
            raise ShapeError(repr(self), "a discriminator that gives one number", judged)
        return (3,)

    def parameters(self, shape: Shape) -> Variables:
        """`generator` and `discriminator`."""
        own = self.generator.parameters((self.noise,))
        return {"generator": own, "discriminator": self.discriminator.parameters(shape)}

    def memory(self, shape: Shape) -> Variables:
        """`deviation` of real examples, `steps`, the `average`, and what `generator` and `discriminator` remember."""
        own, weights = self.generator.memory((self.noise,)), self.generator.parameters((self.noise,))
        found = {
            "generator": own,
            "discriminator": self.discriminator.memory(shape),
            "average": _filled({"params": _zeros(weights), "state": _zeros(own)}),
        }
        return {"deviation": Variable((1,), "ones"), "steps": Variable((1,), "zeros"), **_filled(found)}

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
        """Both terms and the spread."""
        self.output_shape(x.shape[1:])
        if not training:
            return self._shown(params, state, x), state
        key = require_key(self, key)
        game, keys = GAMES[self.game], jax.random.split(key, 5)
        noise = _signs(keys[0], (len(x), self.noise)).astype(x.dtype)
        drawn, of_generator = self.generator.apply(
            params["generator"], state.get("generator", {}), noise, key=keys[1], training=True, mask=mask
        )
        held, judging = jax.lax.stop_gradient(drawn), params["discriminator"]

        def judge(params: Params, examples: Array, key: Key) -> tuple[Array, State]:
            own = state.get("discriminator", {})
            scores, after = self.discriminator.apply(params, own, examples, key=key, training=True, mask=mask)
            return scores[:, 0], after

        real, of_judge = judge(judging, x, keys[2])
        against = game.real(real) + game.drawn(judge(judging, held, keys[3])[0])
        if self.game == "wasserstein":
            share = jax.random.uniform(keys[4], (len(x), *[1] * (x.ndim - 1)), x.dtype)
            between = share * x + (1 - share) * held
            slope = jax.grad(lambda y: judge(judging, y, keys[3])[0].sum())(between)
            length = jnp.sqrt(jnp.square(slope).sum(axis=tuple(range(1, x.ndim))) + TINY)
            against = against + self.penalty * jnp.square(length - 1)
        for_generator = game.generator(judge(jax.lax.stop_gradient(judging), drawn, keys[3])[0])
        deviation = MOMENTUM * state["deviation"] + (1 - MOMENTUM) * _deviation(jax.lax.stop_gradient(x), mask)
        spread = jnp.broadcast_to(_deviation(held, mask) / (deviation + TINY), real.shape)
        now = jax.lax.stop_gradient(_filled({"params": params["generator"], "state": of_generator}))
        average = jax.tree.map(lambda old, new: AVERAGING * old + (1 - AVERAGING) * new, state.get("average", {}), now)
        after = _filled({"generator": of_generator, "discriminator": of_judge, "average": average})
        steps = state["steps"] + 1
        return jnp.stack([against, for_generator, spread], axis=1), {"deviation": deviation, "steps": steps, **after}

    def _shown(self, params: Params, state: State, x: Array) -> Array:
        """Both terms and the spread with fixed noise, each example by itself."""
        game = GAMES[self.game]
        drawn = self._drawn(params, state, jax.random.key(0), SHOWN)
        own = state.get("discriminator", {})
        real, of_drawn = (self.discriminator.apply(params["discriminator"], own, one)[0][:, 0] for one in (x, drawn))
        against = game.real(real) + game.drawn(of_drawn).mean()
        rest = (game.generator(of_drawn).mean(), _deviation(drawn, None) / (state["deviation"][0] + TINY))
        return jnp.stack([against, *(jnp.broadcast_to(one, against.shape) for one in rest)], axis=1)

    def generate(self, params: Params, state: State, key: Key, shape: Shape, count: int) -> Array:
        """What the generator draws from fresh noise and the discriminator lets through, some at a time."""

        def some(number: Array) -> Array:
            own_key, choice_key = jax.random.split(jax.random.fold_in(key, number))
            drawn = self._drawn(params, state, own_key, AT_ONCE * self._candidates)
            return drawn if self._candidates == 1 else self._chosen(params, state, choice_key, drawn)

        drawn: Array = jax.lax.map(some, jnp.arange(-(-count // AT_ONCE)))
        return drawn.reshape(-1, *shape)[:count]

    @property
    def _candidates(self) -> int:
        """How many are drawn for each that is kept: one where a score is no logarithm of odds."""
        return CANDIDATES if self.game in ("original", "non_saturating") else 1

    def _chosen(self, params: Params, state: State, key: Key, drawn: Array) -> Array:
        """One of each few, by the odds that the discriminator gives it to be real."""
        scores = self.discriminator.apply(params["discriminator"], state.get("discriminator", {}), drawn)[0]
        places = jax.random.categorical(key, scores.reshape(AT_ONCE, self._candidates))
        return drawn.reshape(AT_ONCE, self._candidates, *drawn.shape[1:])[jnp.arange(AT_ONCE), places]

    def _drawn(self, params: Params, state: State, key: Key, count: int) -> Array:
        """What the averaged generator draws; before the first step, the one that there is."""
        noise, steps = _signs(key, (count, self.noise)), state["steps"][0]
        whole = jnp.where(steps > 0, 1 - AVERAGING**steps, 1.0)
        now = _filled({"params": params["generator"], "state": state.get("generator", {})})
        used = jax.tree.map(lambda mean, own: jnp.where(steps > 0, mean / whole, own), state.get("average", {}), now)
        return self.generator.apply(used.get("params", {}), used.get("state", {}), noise)[0]


def _signs(key: Key, shape: Shape) -> Array:
    """What a generator begins with. Between two kinds of examples there is nothing to draw; with normal numbers it
    would have to draw what lies between, and of digits about a tenth more are none."""
    return jax.random.rademacher(key, shape, jnp.float32)


def _zeros(variables: Variables) -> Variables:
    """Variables of the same shapes that start at zero."""
    return {
        name: Variable(one.shape, "zeros") if isinstance(one, Variable) else _zeros(one)
        for name, one in variables.items()
    }


def _filled(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Those that hold something."""
    return {name: part for name, part in parts.items() if part}


def _deviation(x: Array, mask: Array | None) -> Array:
    """The root of the mean variance over a batch, of the rows that do not only fill it up."""
    axes = tuple(range(1, x.ndim))
    real = jnp.ones((len(x), *[1] * len(axes)), bool) if mask is None else mask.reshape(-1, *[1] * len(axes)) > 0
    total = jnp.maximum(real.sum(), 1)
    # Chosen, not multiplied by 0: a row that only fills up the batch may hold anything, even NaN.
    mean = jnp.where(real, x, 0).sum(axis=0) / total
    variance = jnp.where(real, jnp.square(x - mean), 0).sum(axis=0) / total
    return jnp.sqrt(variance.mean())
