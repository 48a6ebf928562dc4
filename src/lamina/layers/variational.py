"""Variational autoencoders: a code with a known distribution, out of which new examples can be drawn."""

from __future__ import annotations

import math

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import Layer, Variables, require_key, require_positive
from lamina.recipes import recipe

OUTPUTS = ("reconstruction", "divergence")
LARGEST = 10.0
"""Logarithms of variances are kept within this, so that no first step becomes infinite."""


@recipe
class Variational(Layer):
    """An autoencoder whose code is drawn from a normal distribution that the encoder gives: z = m + exp(v / 2) n.

    With [m, v] = encoder(x), n standard normal and x' = decoder(z), an example's terms are

        reconstruction = |x - x'|^2 / 2,    divergence = beta sum (exp v + m^2 - 1 - v) / 2

    the second being the Kullback-Leibler divergence of the code from the standard normal distribution; their sum is
    minus the bound of the likelihood for Gaussian outputs, but for a constant. Outside training z = m.

    Shapes:
        x: (batch, ...). Output: (batch, 2): the two terms.

    Args:
        encoder: gives 2 `code` numbers, m and then v.
        decoder: gives the shape of x from `code` numbers.
        code: numbers of the code.
        beta: weight of the divergence.

    Raises:
        SettingError: parts that are no layers, no code, a negative beta; training without a key.
        ShapeError: an encoder or decoder of other shapes.

    Source:
        Kingma and Welling, Auto-Encoding Variational Bayes (2014), equation 10 and appendix B; beta by Higgins et
        al., beta-VAE (2017), equation 4.

    Example:
        >>> import lamina
        >>> from lamina import Dense, Variational
        >>> Variational(Dense(4), Dense(6), code=2).output_shape((6,))
        (2,)
    """

    encoder: Layer
    decoder: Layer
    code: int
    beta: float = 1.0

    def __post_init__(self) -> None:
        require_positive("Variational", code=self.code)
        if not isinstance(self.encoder, Layer) or not isinstance(self.decoder, Layer):
            raise SettingError("Variational needs layers as encoder and decoder")
        if type(self.beta) not in (int, float) or not (math.isfinite(self.beta) and self.beta >= 0):
            raise SettingError(f"Variational needs a beta from 0; got {self.beta!r}")

    @property
    def terms(self) -> tuple[str, ...]:
        """Reconstruction and divergence."""
        return OUTPUTS

    @property
    def watched(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def output_shape(self, shape: Shape) -> Shape:
        """(2,)."""
        coded = self.encoder.output_shape(shape)
        if coded != (2 * self.code,):
            raise ShapeError(repr(self), f"an encoder that gives 2 x {self.code} numbers", coded)
        given = self.decoder.output_shape((self.code,))
        if given != tuple(shape):
            raise ShapeError(repr(self), f"examples of shape {('batch', *given)}, which its decoder gives", shape)
        return (len(OUTPUTS),)

    def parameters(self, shape: Shape) -> Variables:
        """`encoder` and `decoder`."""
        return {"encoder": self.encoder.parameters(shape), "decoder": self.decoder.parameters((self.code,))}

    def memory(self, shape: Shape) -> Variables:
        """`encoder` and `decoder`, where they remember something."""
        found = {"encoder": self.encoder.memory(shape), "decoder": self.decoder.memory((self.code,))}
        return {name: own for name, own in found.items() if own}

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
        """The two terms."""
        self.output_shape(x.shape[1:])
        if training:
            key = require_key(self, key)
        keys = (None, None, None) if key is None else tuple(jax.random.split(key, 3))
        after: dict[str, State] = {}

        def run(name: str, layer: Layer, x: Array, own_key: Key | None) -> Array:
            y, own = layer.apply(params[name], state.get(name, {}), x, key=own_key, training=training, mask=mask)
            if own:
                after[name] = own
            return y

        mean, spread = jnp.split(run("encoder", self.encoder, x, keys[0]), 2, axis=-1)
        spread = jnp.clip(spread, -LARGEST, LARGEST)
        noise = jax.random.normal(keys[2], mean.shape, mean.dtype) if training and keys[2] is not None else 0.0
        given = run("decoder", self.decoder, mean + jnp.exp(spread / 2) * noise, keys[1])
        reconstruction = jnp.square(x - given).sum(axis=tuple(range(1, x.ndim))) / 2
        divergence = self.beta * (jnp.exp(spread) + jnp.square(mean) - 1 - spread).sum(axis=1) / 2
        return jnp.stack([reconstruction, divergence], axis=1), after

    def encode(self, params: Params, state: State, x: Array) -> Array:
        """The code's mean m, (batch, code)."""
        coded, _ = self.encoder.apply(params["encoder"], state.get("encoder", {}), x)
        return coded[:, : self.code]

    def decode(self, params: Params, state: State, code: Array) -> Array:
        """What a code stands for."""
        return self.decoder.apply(params["decoder"], state.get("decoder", {}), code)[0]

    def generate(self, params: Params, state: State, key: Key, shape: Shape, count: int) -> Array:
        """What codes drawn from the standard normal distribution stand for."""
        return self.decode(params, state, jax.random.normal(key, (count, self.code)))

    def reconstruct(self, params: Params, state: State, x: Array) -> Array:
        """What the code's mean stands for."""
        return self.decode(params, state, self.encode(params, state, x))
