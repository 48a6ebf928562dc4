"""Networks that forecast: a naive forecast, corrected by a line and a small perceptron."""

from __future__ import annotations

from lamina.layers.base import Layer
from lamina.layers.combining import Residual, Sequential
from lamina.layers.dense import Dense, Linear
from lamina.layers.dropout import Dropout
from lamina.layers.forecasting import OnNaive
from lamina.layers.reshaping import Flatten


def forecaster(
    outputs: int, *, targets: int = 1, season: int = 1, centered: int = 0, hidden: int = 64, dropout: float = 0.0
) -> Layer:
    """A naive forecast, plus a linear function of the window, plus a perceptron; both start at zero.

    With little data such a network begins as the naive forecast and stays near it; the linear part carries what an
    autoregression would.

    Args:
        outputs: horizon times targets.
        targets: how many of the first columns are predicted.
        season: after how many steps the series begins anew.
        centered: of how many of the first columns the window's mean is subtracted.
        hidden: neurons of the perceptron; 0 leaves it out.
        dropout: share of them that is silenced while training.

    Source:
        Zeng et al., Are Transformers Effective for Time Series Forecasting? (2022), for the linear part.

    Example:
        >>> forecaster(12, season=12).output_shape((24, 1))
        (12,)
    """
    line = Linear(outputs, initializer="zeros")
    if not hidden:
        return OnNaive(Sequential(Flatten(), line), targets, season, centered)
    silenced = [Dropout(dropout)] if dropout else []
    first = Dense(hidden, "relu", initializer="he_normal")
    body = Residual(Sequential(first, *silenced, Dense(outputs, initializer="zeros")), line)
    return OnNaive(Sequential(Flatten(), body), targets, season, centered)
