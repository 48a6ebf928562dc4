"""Layers that learn what examples look like: outside training they tell the terms of their loss."""

from __future__ import annotations

import numpy as np

from lamina.arrays import jnp
from lamina.exporting.forms import Place, Value
from lamina.layers.adversarial import GAMES, Adversarial
from lamina.layers.boltzmann import TURNED, Boltzmann
from lamina.layers.general_boltzmann import ROUNDS, GeneralBoltzmann
from lamina.layers.self_organizing import SelfOrganizing
from lamina.layers.variational import Variational

REAL = {
    "original": ("softplus", -1.0, 0.0),
    "non_saturating": ("softplus", -1.0, 0.0),
    "hinge": ("relu", -1.0, 1.0),
    "wasserstein": ("linear", -1.0, 0.0),
}
"""What a discriminator minimizes of a real example's score: f(factor score + shift)."""


def variational(place: Place, layer: Variational, x: Value) -> Value:
    """The two terms, with the code at its mean."""
    coded = place.inner("encoder", place.shape).write(layer.encoder, x)
    mean = place.form.keep(place.call("cut", coded, start=0, stop=layer.code, axis=1))
    spread = place.form.keep(place.call("cut", coded, start=layer.code, stop=2 * layer.code, axis=1))
    given = place.inner("decoder", (layer.code,)).write(layer.decoder, mean)
    return place.call("variational_terms", x, given, mean, spread, beta=float(layer.beta))


def adversarial(place: Place, layer: Adversarial, x: Value) -> Value:
    """The discriminator's term of an example; what hangs on the generator alone is the same for all."""
    judge = place.inner("discriminator", place.shape)
    score = judge.write(layer.discriminator, x)
    name, factor, shift = REAL[layer.game]
    real = place.activated(name, place.call("affine", score, factor, shift))
    of_drawn, generator, spread = _same_for_all(place, layer)
    others = (place.call("affine", score, 0.0, number) for number in (generator, spread))
    return place.call("join", place.call("affine", real, 1.0, of_drawn), *others)


def boltzmann(place: Place, layer: Boltzmann, x: Value) -> Value:
    """The number of each machine."""
    inner = [place.inner(str(number), place.shape) for number in range(len(layer.hidden))]
    names = ("weight", "visible_bias", "hidden_bias")
    sizes = (place.shape[0], *layer.hidden)
    machines = [(*map(one.weight, names), turned_over(size)) for one, size in zip(inner, sizes, strict=False)]
    return place.call("boltzmann", x, machines=machines, gaussian=layer.visible == "gaussian")


def general_boltzmann(place: Place, layer: GeneralBoltzmann, x: Value) -> Value:
    """-sum_i log p(v_i | all others), the weights in both directions."""
    lower = np.tril(np.asarray(place.params["weight"]), -1)
    settings = {"inputs": place.shape[0], "rounds": ROUNDS if layer.hidden else 0}
    return place.call("general_boltzmann", x, place.made("weight", lower + lower.T), place.weight("bias"), **settings)


def self_organizing(place: Place, layer: SelfOrganizing, x: Value) -> Value:
    """Distance and topographic error."""
    return place.call("self_organizing", x, place.weight("weight"), columns=layer.columns)


def turned_over(inputs: int) -> tuple[int, ...]:
    """The visible neurons that are turned over one at a time to tell the pseudo-likelihood."""
    places = jnp.linspace(0, inputs - 1, min(TURNED, inputs)).astype(jnp.int32)
    return tuple(np.asarray(places).tolist())


def _same_for_all(place: Place, layer: Adversarial) -> tuple[float, float, float]:
    """What the drawn examples add to the discriminator's term, the generator's term, and the spread."""
    one = jnp.zeros((1, *place.shape))
    told = np.asarray(layer.apply(place.params, place.state, one)[0])[0]
    params, state = place.params["discriminator"], place.state.get("discriminator", {})
    score = layer.discriminator.apply(params, state, one)[0][0, 0]
    return float(told[0] - GAMES[layer.game].real(score)), float(told[1]), float(told[2])
