"""The representation that grows: what each layer makes of an example, and how well a flat classifier does on it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Array, Numpy, Params, Rows, State, jax
from lamina.errors import SettingError
from lamina.layers.combining import Sequential, apply_child
from lamina.model.examples import Examples
from lamina.model.model import Model

BATCH = 128
MOST_NUMBERS = 512
"""Of a layer that gives more numbers so many are drawn, for all examples the same ones."""
MOST_STEPS = 300
"""Of the flat classifier's descent; what it has reached then is judged."""


@dataclass(frozen=True)
class LayerScore:
    """How well classes can be told apart by a plane in what a layer gives.

    Args:
        name: "input", or the layer's number and kind.
        accuracy: of a logistic regression that was fitted on training examples, on examples never trained on.
        numbers: how many numbers the layer gives for an example.
    """

    name: str
    accuracy: float
    numbers: int


def layer_outputs(model: Model, encoded: Rows, most: int | None = None) -> dict[str, Numpy]:
    """What the network sees, and what each of its layers gives, (examples, numbers), by name.

    Args:
        model: of a network that is a Sequential.
        encoded: examples as the model's encoder gives them.
        most: draw so many numbers of a layer that gives more.

    Raises:
        SettingError: a network of one piece.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", "8 relu", epochs=1)
        >>> {name: found.shape for name, found in layer_outputs(model, np.zeros((5, 4), np.float32)).items()}
        {'input': (5, 4), '1 Dense': (5, 8), '2 Dense': (5, 3)}
    """
    network = model.network
    if not isinstance(network, Sequential):
        raise SettingError(
            f"layers are looked at one by one in a Sequential; this network is a {type(network).__name__}"
        )
    names = ["input", *(f"{place} {type(layer).__name__}" for place, layer in enumerate(network.layers, 1))]
    batches = list(_batches(model, network, encoded, most))
    return {name: np.concatenate(parts) for name, *parts in zip(names, *batches, strict=True)}


def layer_scores(model: Model, training: Examples, test: Examples) -> list[LayerScore]:
    """How well a logistic regression on each layer's output tells the classes apart, from the input to the answer.

    Args:
        model: a classification by a Sequential.
        training: what the regressions are fitted on, such as `training_examples` gives.
        test: what they are judged on, such as `held_out_examples` gives.

    Raises:
        SettingError: targets without classes, training examples of one class only, a network of one piece.

    Source:
        Alain and Bengio, Understanding Intermediate Layers Using Linear Classifier Probes (2016).
    """
    if training.targets.dtype.kind not in "US":
        raise SettingError(f"layers are judged by how well they tell classes apart; {model.task.target} has none")
    if len(set(training.targets.tolist())) < 2:
        raise SettingError(
            "layers are judged by how well they tell classes apart; the training examples that are looked at are all "
            f"{training.targets[0]!s}: take more of them"
        )
    before, after = (layer_outputs(model, one.encoded, MOST_NUMBERS) for one in (training, test))
    shapes = dict(zip(before, _sizes(model), strict=True))
    return [
        LayerScore(name, _accuracy(before[name], training.targets, after[name], test.targets), shapes[name])
        for name in before
    ]


def _accuracy(training: Numpy, classes: Numpy, test: Numpy, truth: Numpy) -> float:
    """Of a logistic regression on standardized numbers."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    mean, scale = training.mean(axis=0), training.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0)
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # what was reached is judged, whatever it is
        fitted = LogisticRegression(max_iter=MOST_STEPS).fit((training - mean) / scale, classes)
    return float(np.mean(fitted.predict((test - mean) / scale) == truth))


def _batches(model: Model, network: Sequential, encoded: Rows, most: int | None) -> Iterator[list[Numpy]]:
    """What is kept of all layers' outputs, one batch after the other."""

    def look(params: Params, state: State, x: Array) -> list[Array]:
        seen = [model.encoder.on_device(x)]
        for number, layer in enumerate(network.layers):
            seen.append(apply_child(layer, str(number), params, state, seen[-1], None, number, False, None)[0])
        return seen

    compiled = jax.jit(look)
    for start in range(0, len(encoded), BATCH):
        outputs = compiled(model.params, model.state, np.asarray(encoded[start : start + BATCH]))
        flat = [np.asarray(one).reshape(len(one), -1) for one in outputs]
        yield [one[:, _drawn(one.shape[1], most)] for one in flat]


def _drawn(numbers: int, most: int | None) -> Numpy:
    """The places that are kept, the same in every call."""
    if most is None or numbers <= most:
        return np.arange(numbers)
    return np.sort(np.random.default_rng(0).choice(numbers, most, replace=False))


def _sizes(model: Model) -> list[int]:
    shapes = model.network.shapes(model.encoder.input_shape) if isinstance(model.network, Sequential) else []
    return [math.prod(shape) for shape in shapes]
