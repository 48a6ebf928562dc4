"""Classification: which of a few classes an example belongs to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, jax, jnp
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task

if TYPE_CHECKING:
    from lamina.training.step import PerExample

MAX_CLASSES = 100_000
MAX_NAME = 1_000
CLASS_LOSSES = ("cross_entropy", "hinge", "perceptron")
ONE_HOT_LOSSES = ("quadratic", "mean_squared_error", "mean_absolute_error", "huber", "binary_cross_entropy")

TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 81))
"""Those that calibration tries: from four times sharper to four times softer."""


@recipe
class Classification(Task):
    """One of several classes; the network gives one logit a class.

    Args:
        target: what is predicted, by its name in the data.
        classes: the class names, in the order of the outputs.
        loss: by name; losses between numbers compare the outputs with 1 for the class and 0 for the others.
        label_smoothing: share of the certainty that is spread over all classes (cross_entropy only).

    Raises:
        SettingError: fewer than two classes, a class twice, an unknown loss.
        DataError: a target that is none of the classes.

    Example:
        >>> import numpy as np
        >>> task = Classification("digit", ("0", "1"))
        >>> task.encode(np.array(["1", "0"])).tolist()
        [1, 0]
        >>> print(task.decode(np.array([[0.0, 2.0]]))[0])
        1 (88.1 %)
    """

    target: str
    classes: tuple[str, ...]
    loss: str = "cross_entropy"
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        if not 2 <= len(self.classes) <= MAX_CLASSES:
            raise SettingError(f"classification needs 2 to {MAX_CLASSES:,} classes; got {len(self.classes)}")
        if len(set(self.classes)) < len(self.classes):
            raise SettingError("classification needs class names that differ; one comes twice")
        if max(map(len, (*self.classes, self.target))) > MAX_NAME:
            raise SettingError(f"class names may have at most {MAX_NAME:,} characters")
        if self.loss not in CLASS_LOSSES + ONE_HOT_LOSSES:
            known = ", ".join(CLASS_LOSSES + ONE_HOT_LOSSES)
            raise SettingError(f"the loss of a classification must be one of {known}; got {self.loss!r}")
        if not 0 <= self.label_smoothing < 1 or (self.label_smoothing and self.loss != "cross_entropy"):
            raise SettingError(
                f"label_smoothing needs a share from 0 to below 1 and the loss cross_entropy; got "
                f"{self.label_smoothing!r} with {self.loss}"
            )

    @classmethod
    def fit(cls, target: str, targets: Numpy, loss: str | None = None, label_smoothing: float = 0.0) -> Classification:
        """The task whose classes are those of the targets, in sorted order; numbers by their size."""
        names = sorted({str(name) for name in targets}, key=natural_order)
        if len(names) < 2:
            raise DataError(
                f'every example has the same {target}, "{names[0] if names else ""}": a classification needs at least '
                f"two classes. Add examples of another class."
            )
        return cls(target, tuple(names), loss or "cross_entropy", label_smoothing)

    @property
    def outputs(self) -> int:
        """One a class."""
        return len(self.classes)

    @property
    def measure(self) -> str:
        """The share of wrong examples."""
        return "error"

    @property
    def design(self) -> Classification:
        """As many classes without names."""
        return replace(self, target="", classes=tuple(map(str, range(len(self.classes)))))

    def describe(self) -> str:
        """The target and its classes."""
        more = ", ..." if len(self.classes) > 12 else ""
        return f"{self.target}, one of {len(self.classes):,} classes: {', '.join(self.classes[:12])}{more}"

    def encode(self, targets: Numpy) -> Numpy:
        """Class names as their places, int32."""
        places = {name: place for place, name in enumerate(self.classes)}
        unknown = sorted({str(name) for name in targets} - places.keys())
        if unknown:
            raise DataError(
                f"the model knows the classes {', '.join(self.classes[:10])}; the data has {', '.join(unknown[:5])} "
                f"besides. Take those examples out, or train with them."
            )
        return np.array([places[str(name)] for name in targets], np.int32)

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The loss by its name, and the error."""
        from lamina.training.losses import label_smoothing, loss_by_name

        function, count, smoothing = loss_by_name(self.loss), self.outputs, self.label_smoothing

        def loss(logits: Array, classes: Array) -> Array:
            if self.loss in ONE_HOT_LOSSES:
                return function(logits, jax.nn.one_hot(classes, count))
            return function(logits, label_smoothing(classes, count, smoothing) if smoothing else classes)

        def error(logits: Array, classes: Array) -> Array:
            return (jnp.argmax(logits, axis=-1) != classes).astype(jnp.float32)

        return loss, {"error": error}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The likeliest class, and every class's probability by softmax."""
        shares = probabilities(outputs)
        orders = np.argsort(-shares, axis=-1, kind="stable")
        return [
            Prediction(self.classes[order[0]], {self.classes[place]: row[place] for place in order})
            for order, row in zip(orders.tolist(), shares.tolist(), strict=True)
        ]

    def combine(self, outputs: Any) -> Any:
        """The logarithm of the members' mean probabilities: outputs of which softmax is that mean."""
        library: Any = np if isinstance(outputs, np.ndarray) else jnp
        shifted = outputs - outputs.max(axis=-1, keepdims=True)
        logarithms = shifted - library.log(library.exp(shifted).sum(axis=-1, keepdims=True))
        most = logarithms.max(axis=1)
        return most + library.log(library.exp(logarithms - most[:, None]).mean(axis=1))

    def comparable(self, outputs: Numpy) -> Numpy:
        """Probabilities."""
        return probabilities(outputs)

    def calibration(self, outputs: Numpy, targets: Numpy, share: float) -> tuple[float, float]:
        """The temperature at which the targets are likeliest."""
        truth = self.encode(targets)
        rows = np.arange(len(truth))
        losses = [-np.log(probabilities(outputs / t)[rows, truth] + 1e-12).mean() for t in TEMPERATURES]
        return float(TEMPERATURES[int(np.argmin(losses))]), 0.0

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """Error with its interval, accuracy, top-k, the confusion matrix; precision, recall and F1 by class."""
        from lamina.training import metrics

        truth, count = self.encode(targets), self.outputs
        guesses = np.argmax(outputs, axis=-1).astype(np.int32)
        found: dict[str, Any] = {
            "error": metrics.error(guesses, truth),
            "error_interval": list(metrics.error_interval(metrics.error(guesses, truth), len(truth))),
            "accuracy": metrics.accuracy(guesses, truth),
            "classes": list(self.classes),
            "confusion_matrix": metrics.confusion_matrix(guesses, truth, count).tolist(),
            "precision": metrics.precision(guesses, truth, count).tolist(),
            "recall": metrics.recall(guesses, truth, count).tolist(),
            "f1": metrics.f1(guesses, truth, count).tolist(),
        }
        if count > 3:
            found["top_3_accuracy"] = metrics.top_k_accuracy(outputs, truth, 3)
        return found

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The error of always answering the commonest class of the training examples."""
        names, counts = np.unique(np.asarray(training, dtype=str), return_counts=True)
        return float(np.mean(np.asarray(targets, dtype=str) != names[np.argmax(counts)]))


def probabilities(logits: Numpy) -> Numpy:
    """Softmax over the last axis, in float64."""
    shifted = np.asarray(logits, np.float64)
    shifted = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def natural_order(name: str) -> tuple[float, str]:
    """A key to sort "2" before "10", and names after numbers."""
    try:
        return float(name), name
    except ValueError:
        return float("inf"), name
