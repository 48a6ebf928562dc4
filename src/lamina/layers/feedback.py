"""Feedback of three kinds: what a neuron gives at one step comes back at the next, to itself, beside or before it."""

from __future__ import annotations

import numpy as np

from lamina.arrays import Array, Numpy, Params, Shape, jax, jnp
from lamina.errors import SettingError
from lamina.layers.activations import activate, require_activation
from lamina.layers.base import PureLayer, Variable, Variables, require_positive
from lamina.layers.convolution import require_sequences
from lamina.layers.padding import real_steps
from lamina.recipes import recipe

KINDS = ("direct", "lateral", "indirect")
MOST_NEURONS = 4_096


@recipe
class Feedback(PureLayer):
    """Layers of neurons in time: h^1_t = f(x_t W^1 + r^1_t + b^1), h^l_t = f(h^(l-1)_t W^l + r^l_t + b^l).

    r_t = h_(t-1) (U o M), h_0 = 0, goes through one matrix from all neurons to all: [i, j] leads from neuron i at one
    step to neuron j at the next. M lets through what the kinds of feedback allow:

        direct      from a neuron to itself: the diagonal
        lateral     to the other neurons of its layer: the blocks along the diagonal without it
        indirect    to the neurons of an earlier layer: the blocks below the diagonal

    Direct and lateral feedback of one layer make the usual recurrent layer.

    Shapes:
        x: (batch, steps, features). Output: (batch, units of the last layer), its last state, or every state,
        (batch, steps, units). feedback_weight U: (N, N) with N neurons in all layers. Layer l has, under its number,
        input_weight W (inputs, units) and bias b (units,).

    Args:
        units: neurons of each layer.
        kinds: of feedback; one or more.
        activation: f, by name.
        return_sequence: whether every step's state is given, or the last one only.
        skip_padding: whether steps that are all zero count as filled up, as in Recurrent.
        mask: rows of 0 and 1, (N, N): feedback that is 0 here is left out besides.

    Raises:
        SettingError: no kinds or unknown ones, kinds that lead nowhere in these layers, a mask of another shape or one
            that leaves nothing.
        ShapeError: no sequences.

    Source:
        Elman, Finding Structure in Time (1990), for feedback within a layer; Jordan, Serial Order (1986), for
        feedback from the output to a layer before it.

    Example:
        >>> import lamina
        >>> lamina.Feedback((8, 4), ("direct", "indirect")).output_shape((50, 3))
        (4,)
    """

    units: tuple[int, ...]
    kinds: tuple[str, ...] = ("direct", "lateral")
    activation: str = "tanh"
    return_sequence: bool = False
    skip_padding: bool = False
    mask: tuple[tuple[int, ...], ...] | None = None

    def __post_init__(self) -> None:
        require_positive("Feedback", units=self.units)
        require_activation("Feedback", self.activation)
        if not self.kinds or len(set(self.kinds)) < len(self.kinds) or not set(self.kinds) <= set(KINDS):
            raise SettingError(f"Feedback needs one or more kinds out of {', '.join(KINDS)}; got {self.kinds!r}")
        if "indirect" in self.kinds and len(self.units) < 2:
            raise SettingError("Feedback of the kind indirect needs two layers or more: units=(8, 4)")
        count = sum(self.units)
        if count > MOST_NEURONS:
            raise SettingError(f"Feedback takes at most {MOST_NEURONS:,} neurons in all layers; got {count:,}")
        rows = self.mask
        if rows is not None and (len(rows) != count or any(len(row) != count or set(row) - {0, 1} for row in rows)):
            raise SettingError(f"Feedback needs a mask of {count} rows with {count} times 0 or 1")
        if rows is not None and not self.connections().any():
            raise SettingError(
                "Feedback needs a mask that lets feedback of its kinds through; this one takes all of it away"
            )
        if self.kinds == ("lateral",) and max(self.units) == 1:
            raise SettingError("Feedback of the kind lateral needs a layer of two neurons or more")

    def connections(self) -> Numpy:
        """(N, N), 1 where feedback leads from neuron i at one step to neuron j at the next.

        Example:
            >>> Feedback((2, 1), ("lateral", "indirect")).connections().tolist()
            [[0, 1, 0], [1, 0, 0], [1, 1, 0]]
        """
        found = np.any([self._where()[kind] for kind in self.kinds], axis=0)
        allowed = found if self.mask is None else found & np.array(self.mask, bool)
        return np.asarray(allowed.astype(np.int64))

    def drawing(self) -> str:
        """The matrix as text: a row for the neuron that speaks, a column for the one that hears it at the next step.

        d is direct, l lateral, i indirect feedback, and a point none; a gap parts the layers.

        Example:
            >>> print(Feedback((2, 1), ("direct", "indirect")).drawing())
            d .  .
            . d  .
            <BLANKLINE>
            i i  d
        """
        free, borders = self.connections() == 1, set(np.cumsum(self.units[:-1]).tolist())
        letters = np.select([free & where for where in self._where().values()], [kind[0] for kind in KINDS], ".")
        lines = []
        for number, row in enumerate(letters.tolist()):
            lines += ([""] if number in borders else []) + [
                "".join(f"{'  ' if place in borders else ' '}{letter}" for place, letter in enumerate(row))[1:]
            ]
        return "\n".join(lines)

    def _where(self) -> dict[str, Numpy]:
        """Where in the matrix each kind of feedback is."""
        layer = np.repeat(np.arange(len(self.units)), self.units)
        here, there = layer[:, None], layer[None, :]
        itself = np.eye(len(layer), dtype=bool)
        return {"direct": itself, "lateral": (here == there) & ~itself, "indirect": here > there}

    def output_shape(self, shape: Shape) -> Shape:
        """(units,) or (steps, units) of the last layer."""
        require_sequences(self, shape)
        return (shape[0], self.units[-1]) if self.return_sequence else (self.units[-1],)

    def parameters(self, shape: Shape) -> Variables:
        """`feedback_weight`, and under each layer's number `input_weight` and `bias`."""
        count = sum(self.units)
        inputs = (shape[-1], *self.units[:-1])
        layers = {
            str(number): {
                "input_weight": Variable((before, units), "glorot_uniform"), "bias": Variable((units,), "zeros")
            }
            for number, (before, units) in enumerate(zip(inputs, self.units, strict=True))
        }  # fmt: skip
        return {"feedback_weight": Variable((count, count), "orthogonal"), **layers}

    def forward(self, params: Params, x: Array) -> Array:
        """The last layer's last state or all of them."""
        time_first = jnp.swapaxes(x, 0, 1)
        feedback = jnp.where(self.connections() == 1, params["feedback_weight"], 0)
        real = real_steps(time_first) if self.skip_padding else None
        start = jnp.zeros((x.shape[0], sum(self.units)), feedback.dtype)

        def advance(before: Array, now: tuple[Array, Array | None]) -> tuple[Array, Array | None]:
            x, real = now
            after = self.states(params, x, before @ feedback)
            given = after[:, -self.units[-1] :]
            if real is not None:
                after, given = jnp.where(real, after, before), jnp.where(real, given, 0)
            return after, given if self.return_sequence else None

        last, states = jax.lax.scan(advance, start, (time_first, real))
        return last[:, -self.units[-1] :] if states is None else jnp.swapaxes(states, 0, 1)

    def states(self, params: Params, x: Array, back: Array) -> Array:
        """All layers' states, side by side, from a step's input and what comes back to each neuron."""
        states, start = [], 0
        for number, units in enumerate(self.units):
            own = params[str(number)]
            z = x @ own["input_weight"] + back[:, start : start + units] + own["bias"]
            x = activate(self.activation, z)
            states.append(x)
            start += units
        return jnp.concatenate(states, axis=1)
