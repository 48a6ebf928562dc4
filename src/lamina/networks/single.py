"""One layer of neurons that learns by a rule of its own: the perceptron and the support-vector machine."""

from __future__ import annotations

from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dense import Linear
from lamina.layers.fourier import RandomFourier
from lamina.layers.reshaping import Flatten


def perceptron(outputs: int) -> Sequential:
    """One neuron a class on the inputs themselves; with the loss "perceptron" and plain descent, Rosenblatt's rule.

    Args:
        outputs: classes.

    Source:
        Rosenblatt, The Perceptron: A Probabilistic Model for Information Storage and Organization in the Brain (1958).

    Example:
        >>> perceptron(3).output_shape((4,))
        (3,)
    """
    return Sequential(Flatten(), Linear(outputs))


def svm(outputs: int, features: int = 2_000, gamma: float | None = None) -> Sequential:
    """A support-vector machine for each class against the rest: with the loss "hinge" and l2 = 1 / (C examples).

    Args:
        outputs: classes.
        features: random Fourier features, near a Gaussian kernel; 0 makes it linear.
        gamma: of the kernel exp(-gamma |x - y|^2); None takes 1 / inputs.

    Source:
        Cortes and Vapnik, Support-Vector Networks (1995); by descent on the hinge loss as in Shalev-Shwartz et al.,
        Pegasos (2007); the features by Rahimi and Recht (2007).

    Example:
        >>> svm(3).output_shape((4,))
        (3,)
    """
    kernel: list[Layer] = [RandomFourier(features, gamma)] if features else []
    return Sequential(Flatten(), *kernel, Linear(outputs))
