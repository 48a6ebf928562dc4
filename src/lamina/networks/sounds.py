"""Convolutional networks for the spectrograms of sounds."""

from __future__ import annotations

from lamina.arrays import Shape
from lamina.errors import ShapeError
from lamina.layers.activations import Activation
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.normalization import BatchNorm
from lamina.layers.pooling import AveragePool2D, MaxPool2D
from lamina.layers.reshaping import Flatten
from lamina.layers.spectrograms import VarySpectrogram


def sound_cnn(
    shape: Shape, outputs: int, filters: tuple[int, ...] = (16, 32, 64), dropout: float = 0.3, vary: bool = True
) -> Sequential:
    height, width = shape[:2]
    layers: list[Layer] = [VarySpectrogram((height // 8, 2), 0.3, (height // 8, width // 8))] if vary else []
    for count in filters:
        layers += [Conv2D(count, 3, padding="same", initializer="he_normal", bias=False), BatchNorm(), Activation("relu")]
        if min(height, width) >= 4:
            layers.append(MaxPool2D(2))
            height, width = height // 2, width // 2
    return Sequential(*layers, AveragePool2D((height, 1)), Flatten(), Dropout(dropout), Dense(outputs))
