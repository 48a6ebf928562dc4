"""Siamese networks: the same network for all examples of a pair, learnt from whether they are alike."""

from __future__ import annotations

from lamina.arrays import Shape
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense, Linear
from lamina.layers.normalization import UnitLength
from lamina.layers.reshaping import Flatten
from lamina.networks.pictures import convolutions


def siamese(shape: Shape, places: int = 32, filters: tuple[int, ...] = (32, 64), hidden: int = 128) -> Sequential:
    """An embedding of length 1: convolutions where the examples are pictures, then two layers of neurons.

    Args:
        shape: of one example.
        places: numbers of the embedding.
        filters: of each convolution; pictures alone have them.
        hidden: neurons before the embedding.

    Source:
        Bromley et al., Signature Verification using a Siamese Time Delay Neural Network (1993); Schroff et al.,
        FaceNet (2015), for embeddings of length 1.

    Example:
        >>> siamese((28, 28, 1)).output_shape((28, 28, 1))
        (32,)
    """
    layers = convolutions(shape, filters) if len(shape) == 3 else []
    layers += [Flatten(), Dense(hidden, "relu", initializer="he_normal")]
    return Sequential(*layers, Linear(places), UnitLength())
