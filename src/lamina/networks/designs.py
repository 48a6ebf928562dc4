"""The designs by the names that the command line knows."""

from __future__ import annotations

from collections.abc import Callable

from lamina.arrays import Shape
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.networks.feedforward import mlp
from lamina.networks.pictures import cnn, deep_cnn, lenet5, photo_cnn
from lamina.networks.sequences import gru, lstm, rnn, transformer
from lamina.networks.sounds import sound_cnn

NETWORKS: dict[str, Callable[[Shape, int], Layer]] = {
    "mlp": lambda shape, outputs: mlp(outputs),
    "cnn": cnn,
    "deep_cnn": deep_cnn,
    "photo_cnn": photo_cnn,
    "lenet5": lambda shape, outputs: lenet5(outputs),
    "rnn": rnn,
    "lstm": lstm,
    "gru": gru,
    "transformer": transformer,
    "sound_cnn": sound_cnn,
}
"""Name -> (shape of one example, number of outputs) -> network."""


def network_by_name(name: str, shape: Shape, outputs: int) -> Layer:
    """The design of this name for examples of this shape.

    Raises:
        SettingError: an unknown name.

    Example:
        >>> network_by_name("mlp", (4,), 3).output_shape((4,))
        (3,)
    """
    if name not in NETWORKS:
        raise SettingError(f"the network must be one of {', '.join(NETWORKS)}; got {name!r}")
    return NETWORKS[name](shape, outputs)
