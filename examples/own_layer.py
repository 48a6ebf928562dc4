"""A layer of one's own: register it, and a network with it is trained, saved and proved like any other.

The file holds the layer's name and settings, never its code: who loads it registers the same layer first.
"""

from __future__ import annotations

import jax.numpy as jnp

import lamina
from lamina import Dense, PureLayer, Sequential, Variable


@lamina.recipe
class Wave(PureLayer):
    """Neurons that answer in waves: h = sin(frequency (x W)), with learnt W."""

    units: int
    frequency: float = 1.0

    def output_shape(self, shape):
        """The last axis becomes `units`."""
        return (*shape[:-1], self.units)

    def parameters(self, shape):
        """`weight` (inputs, units)."""
        return {"weight": Variable((shape[-1], self.units), "glorot_uniform")}

    def forward(self, params, x):
        """sin(frequency (x W))."""
        return jnp.sin(self.frequency * (x @ params["weight"]))


model = lamina.fit("iris", Sequential(Wave(16, frequency=2.0), Dense(3)), epochs=60, learning_rate=0.02, seed=1)
model.save("waves.safetensors")
print(lamina.Model.load("waves.safetensors").evaluate("iris"))
