"""Forecasts as a naive forecast and what a network adds to it."""

from __future__ import annotations

from typing import Any

from lamina.arrays import Array, Key, Params, Shape, State, jnp
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import Layer, Variables, require_positive
from lamina.layers.combining import apply_child
from lamina.recipes import describe, recipe


@recipe
class OnNaive(Layer):
    """A naive forecast, corrected by a network: y_h = x_(T - season + 1 + (h - 1) mod season) + body(x - m)_h.

    The values a season ago are repeated (with a season of 1 the last value), and the body learns what is to be
    added. m is the window's mean of the first `centered` columns and 0 for the others: a series that rises looks the
    same to the body at every level, and the forecast rises on with it.

    Shapes:
        x: (batch, steps, columns), the targets first. The body gives (batch, horizon x targets), step after step.
        Output: the same.

    Args:
        body: what is learnt on top.
        targets: how many of the first columns are predicted.
        season: after how many steps the series begins anew.
        centered: of how many of the first columns the window's mean is subtracted.

    Raises:
        SettingError: a body that is no layer, counts out of range.
        ShapeError: no windows, fewer steps than a season, a body that gives no whole number of steps.

    Source:
        Kim et al., Reversible Instance Normalization (2022), without its scale; the season from Hyndman and
        Athanasopoulos, Forecasting: Principles and Practice, seasonal naive method.

    Example:
        >>> import lamina
        >>> lamina.OnNaive(lamina.Sequential(lamina.Flatten(), lamina.Dense(12)), season=12).output_shape((24, 3))
        (12,)
    """

    body: Layer
    targets: int = 1
    season: int = 1
    centered: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.body, Layer):
            raise SettingError(f"OnNaive needs a layer as its body; got {self.body!r}")
        require_positive("OnNaive", targets=self.targets, season=self.season)
        if type(self.centered) is not int or self.centered < 0:
            raise SettingError(f"OnNaive needs centered from 0 to the number of columns; got {self.centered!r}")

    def output_shape(self, shape: Shape) -> Shape:
        """What the body gives."""
        if len(shape) != 2 or shape[0] < self.season or shape[1] < max(self.targets, self.centered):
            columns = max(self.targets, self.centered)
            needs = f"windows of shape (batch, {self.season} steps or more, {columns} columns or more)"
            raise ShapeError(describe(self, without=("body",)), needs, shape)
        after = self.body.output_shape(shape)
        if len(after) != 1 or after[0] % self.targets:
            needs = f"a body that gives (batch, horizon x {self.targets} targets)"
            raise ShapeError(
                describe(self, without=("body",)),
                needs,
                after,
                "End it with Dense(horizon x targets), after a Flatten.",
            )
        return after

    def parameters(self, shape: Shape) -> Variables:
        """The body's."""
        self.output_shape(shape)
        declared = self.body.parameters(shape)
        return {"body": declared} if declared else {}

    def memory(self, shape: Shape) -> Variables:
        """The body's."""
        declared = self.body.memory(shape)
        return {"body": declared} if declared else {}

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
        """naive(x) + body(x - m)."""
        outputs = self.output_shape(x.shape[1:])[0]
        added, own = apply_child(self.body, "body", params, state, self.centers(x), key, 0, training, mask)
        after: dict[str, Any] = {"body": own} if own else {}
        return self.naive(x, outputs) + added, after

    def branches(self) -> tuple[Layer, ...]:
        """The body."""
        return (self.body,)

    def centers(self, x: Array) -> Array:
        """x - m: what the body sees."""
        seen: Array = x - jnp.mean(x, axis=1, keepdims=True) * (jnp.arange(x.shape[2]) < self.centered)
        return seen

    def naive(self, x: Array, outputs: int) -> Array:
        """The values of a season ago, for so many outputs."""
        ahead = jnp.arange(outputs // self.targets) % self.season
        values = x[:, x.shape[1] - self.season + ahead, : self.targets]
        return values.reshape(x.shape[0], outputs)
