"""The designs by the names that the command line knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina.arrays import Shape
from lamina.data.dataset import CLUSTERING, GENERATION, PLAYING, RECONSTRUCTION
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.reshaping import Reshape
from lamina.networks.autoencoders import autoencoder, conv_autoencoder, denoising_autoencoder, sparse_autoencoder
from lamina.networks.feedforward import mlp
from lamina.networks.generative import boltzmann, deep_belief, gan, general_boltzmann, som, vae
from lamina.networks.pictures import cnn, deep_cnn, lenet5, photo_cnn
from lamina.networks.playing import policy_for
from lamina.networks.residual import resnet
from lamina.networks.sequences import gru, lstm, rnn, transformer
from lamina.networks.siamese import siamese
from lamina.networks.single import perceptron, svm
from lamina.networks.sounds import sound_cnn

FOR_SEQUENCES: dict[str, Callable[[Shape, int], Sequential]] = {
    "rnn": rnn,
    "lstm": lstm,
    "gru": gru,
    "transformer": transformer,
}
"""Those that take one step after the other."""
NETWORKS: dict[str, Callable[[Shape, int], Layer]] = {
    "mlp": lambda shape, outputs: mlp(outputs),
    "cnn": cnn,
    "deep_cnn": deep_cnn,
    "photo_cnn": photo_cnn,
    "lenet5": lambda shape, outputs: lenet5(outputs),
    "resnet": resnet,
    **FOR_SEQUENCES,
    "sound_cnn": sound_cnn,
    "autoencoder": lambda shape, outputs: autoencoder(shape),
    "conv_autoencoder": lambda shape, outputs: conv_autoencoder(shape),
    "denoising_autoencoder": lambda shape, outputs: denoising_autoencoder(shape),
    "sparse_autoencoder": lambda shape, outputs: sparse_autoencoder(shape),
    "deep_clustering": lambda shape, outputs: autoencoder(shape, code=10, hidden=(500, 500, 2_000)),
    "vae": lambda shape, outputs: vae(shape),
    "boltzmann": lambda shape, outputs: boltzmann(shape),
    "general_boltzmann": lambda shape, outputs: general_boltzmann(shape),
    "gan": lambda shape, outputs: gan(shape),
    "som": lambda shape, outputs: som(shape),
    "deep_belief": lambda shape, outputs: deep_belief(outputs),
    "siamese": siamese,
    "policy": lambda shape, outputs: policy_for(shape),
    "perceptron": lambda shape, outputs: perceptron(outputs),
    "svm": lambda shape, outputs: svm(outputs),
    "linear_svm": lambda shape, outputs: svm(outputs, features=0),
}
"""Name -> (shape of one example, number of outputs) -> network."""


def _svm_rule(examples: int, pictures: bool) -> Mapping[str, Any]:
    """With C = 1: |w|^2 / 2 + sum hinge, divided by the number of examples."""
    return {"loss": "hinge", "l2": 1 / examples, "learning_rate": 0.03}


def _boltzmann_rule(examples: int, pictures: bool) -> Mapping[str, Any]:
    """Contrastive divergence is too noisy for Adam; normal neurons take a tenth of the rate (Hinton, 2010)."""
    return {"optimizer": "momentum", "learning_rate": 0.1 if pictures else 0.01}


RULES: dict[str, Callable[[int, bool], Mapping[str, Any]]] = {
    "perceptron": lambda examples, pictures: {
        "loss": "perceptron", "optimizer": "gradient_descent", "learning_rate": 1.0, "schedule": "constant",
        "batch_size": 1,
    },
    "svm": _svm_rule,
    "linear_svm": _svm_rule,
    "boltzmann": _boltzmann_rule,
    "general_boltzmann": lambda examples, pictures: {"optimizer": "momentum", "learning_rate": 0.05},
    "transformer": lambda examples, pictures: {"learning_rate": 0.001, "clip_norm": 1.0},  # more is unstable
    "gan": lambda examples, pictures: {
        "learning_rate": 0.001, "momentum": 0.5, "schedule": "cosine", "batch_size": 64,
    },
    "som": lambda examples, pictures: {
        "optimizer": "gradient_descent", "learning_rate": 2.0, "batch_size": 16, "epochs": 20,
    },
}  # fmt: skip
"""Designs that learn by a rule of their own: name -> (number of training examples, whether they are pictures) -> loss
and settings."""
TASKS = {
    "autoencoder": RECONSTRUCTION,
    "conv_autoencoder": RECONSTRUCTION,
    "denoising_autoencoder": RECONSTRUCTION,
    "sparse_autoencoder": RECONSTRUCTION,
    "deep_clustering": CLUSTERING,
    "vae": GENERATION,
    "boltzmann": GENERATION,
    "general_boltzmann": GENERATION,
    "gan": GENERATION,
    "som": GENERATION,
    "policy": PLAYING,
}
"""Designs that learn something else than the targets say."""


def network_by_name(name: str, shape: Shape, outputs: int) -> Layer:
    """The design of this name for examples of this shape.

    A network for sequences reads a spectrogram frame by frame, a picture row by row.

    Raises:
        SettingError: an unknown name.

    Example:
        >>> network_by_name("mlp", (4,), 3).output_shape((4,))
        (3,)
        >>> network_by_name("lstm", (28, 28, 1), 10).layers[0]
        Reshape(shape=(28, 28))
    """
    if name not in NETWORKS:
        raise SettingError(f"the network must be one of {', '.join(NETWORKS)}; got {name!r}")
    if name in FOR_SEQUENCES and len(shape) == 3:
        frames = (shape[0], shape[1] * shape[2])
        return Sequential(Reshape(frames), *FOR_SEQUENCES[name](frames, outputs).layers)
    return NETWORKS[name](shape, outputs)
