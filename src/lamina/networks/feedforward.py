"""Feed-forward networks: layers of neurons, each connected with all of the layer before."""

from __future__ import annotations

from lamina.layers.activations import RECTIFIED
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.reshaping import Flatten


def mlp(outputs: int, hidden: tuple[int, ...] = (128,), activation: str = "relu", dropout: float = 0.0) -> Sequential:
    """A multi-layer perceptron: Flatten, hidden Dense layers, and a linear Dense that gives the outputs.

    Args:
        outputs: numbers an example.
        hidden: neurons of each hidden layer; none makes it a single layer (logistic or linear regression).
        activation: of the hidden layers.
        dropout: share of each hidden layer that is silenced while training.

    Source:
        Rumelhart, Hinton and Williams, Learning representations by back-propagating errors (1986).

    Example:
        >>> mlp(10, (128,)).output_shape((28, 28, 1))
        (10,)
    """
    layers: list[Layer] = [Flatten()]
    initializer = "he_normal" if activation in RECTIFIED else "glorot_uniform"
    for units in hidden:
        layers.append(Dense(units, activation, initializer=initializer))
        if dropout:
            layers.append(Dropout(dropout))
    return Sequential(*layers, Dense(outputs))
