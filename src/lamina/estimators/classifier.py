"""LaminaClassifier: classes, learnt by a network, as scikit-learn's classifiers learn them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from lamina.arrays import Numpy
from lamina.data.inputs import Inputs
from lamina.errors import DataError, SettingError
from lamina.estimators.base import VALIDATION_SHARE, LaminaEstimator, require_task
from lamina.estimators.examples import once_each, targets_of, weights_of, with_classes
from lamina.estimators.given import inputs_to_learn_from
from lamina.layers.base import Layer
from lamina.model.model import Model
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification

ALL_CLASSES = "Give the first call of partial_fit all classes: classes=[...]"


class LaminaClassifier(ClassifierMixin, LaminaEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A network that learns classes, as an estimator of scikit-learn.

    X holds rows of numbers (NaN where one is missing), a data frame with columns of any kind, pictures as bytes
    (examples, height, width[, colors]), or texts. Below it is `lamina.fit`: the same preparation, networks, training
    and model file. Two fits with the same data and random_state give the same answers to the bit, in whatever order the
    rows come; a weight of 2 is the same as the row twice.

    Args:
        network: layers, the name of a known design, layers in words ("64 relu, dropout 0.2"), or None for the
            default of this kind and amount of data.
        loss: by name; None is cross-entropy.
        class_weight: "balanced", or a weight by class; multiplies sample_weight.
        seeds: so many networks, each with its own start, are trained together and answer as one.
        epochs, batch_size, optimizer, learning_rate, weight_decay, patience: as in `lamina.Settings`; None takes what
            suits the data.
        settings: the further ones of `lamina.Settings` by name, such as {"schedule": "constant", "l2": 0.001}.
        validation_share: of the examples, kept to choose the best epoch by; with 0 all of them are learnt from, and
            the last epoch counts.
        random_state: a seed; None draws one from NumPy's global generator.

    Attributes:
        model_: the trained `lamina.Model`: it can be saved, explained and served.
        classes_: the classes, sorted.
        n_iter_: how many epochs were trained.
        n_features_in_, feature_names_in_: of the columns in fit.

    Example:
        >>> from lamina import LaminaClassifier
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> classifier = LaminaClassifier(epochs=20, learning_rate=0.01, random_state=0).fit(X, y)
        >>> classifier.score(X, y) > 0.9
        True
    """

    classes_: Numpy

    def __init__(
        self,
        network: Layer | str | None = None,
        *,
        loss: str | None = None,
        class_weight: Mapping[Any, float] | str | None = None,
        seeds: int = 1,
        epochs: int | None = None,
        batch_size: int | None = None,
        optimizer: str | None = None,
        learning_rate: float | None = None,
        weight_decay: float | None = None,
        patience: int | None = None,
        settings: Mapping[str, Any] | None = None,
        validation_share: float = VALIDATION_SHARE,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            network, epochs=epochs, batch_size=batch_size, optimizer=optimizer, learning_rate=learning_rate,
            weight_decay=weight_decay, patience=patience, settings=settings, validation_share=validation_share,
            random_state=random_state,
        )  # fmt: skip
        self.loss, self.class_weight, self.seeds = loss, class_weight, seeds

    @classmethod
    def from_model(cls, model: Model | str | Path, *, classes: Sequence[Any] | None = None, **parameters: Any) -> Self:
        """A fitted classifier of a trained model, or of its file.

        Args:
            model: of classes.
            classes: what the classes were before the file held them as texts, such as [0, 1, 2]; None keeps texts.
            parameters: of the estimator, for a later `fit`.

        Raises:
            SettingError: a model that learns something else, or other classes than the model's.
            ModelFileError: a file that is none, or does not prove itself.

        Example:
            >>> import lamina
            >>> model = lamina.train(([[0.0], [1.0]] * 10, ["a", "b"] * 10), "mlp", epochs=1).model
            >>> lamina.LaminaClassifier.from_model(model).predict([[0.5], [0.7], [1.0]]).shape
            (3,)
        """
        made = super().from_model(model, **parameters)
        names = list(made._names)
        made.classes_ = np.unique(names if classes is None else classes)
        if sorted(map(str, made.classes_)) != sorted(names):
            raise SettingError(f"classes needs the classes of the model, {', '.join(names[:10])}; got {classes!r}")
        return made

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a network on examples and their classes.

        Raises:
            ValueError: X or y that scikit-learn refuses.
            DataError, SettingError, ShapeError: what cannot be learnt, set, or connected.
        """
        inputs = inputs_to_learn_from(self, X)
        targets = targets_of(self, inputs, y)
        check_classification_targets(targets)
        weights = self._weights(inputs, targets, sample_weight)
        classes = self._two_or_more(targets[weights > 0])
        dataset, weights = once_each(with_classes(inputs, targets), weights)
        self._learn(dataset, self._choices(weights, loss=self.loss, members=self.seeds))
        self.classes_ = classes
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One epoch more on these examples; the first call settles the preparation and the classes.

        Args:
            X, y: examples and their classes, not necessarily of all classes.
            classes: all there will be; needed by the first call, unless y has them all. Later calls may say them again.
            sample_weight: how much each example counts.

        Raises:
            DataError: a class that the first call did not know, or other `classes` than there.
            ValueError, SettingError, ShapeError: as `fit`.
        """
        inputs = self._inputs_to_go_on_with(X)
        targets = targets_of(self, inputs, y)
        check_classification_targets(targets)
        settled = self._settled(targets, classes)
        dataset, weights = once_each(with_classes(inputs, targets), self._weights(inputs, targets, sample_weight))
        names = list(map(str, settled))
        self._learn_more(dataset, weights, loss=self.loss, classes=names, members=self.seeds)
        self.classes_ = settled
        return self

    def predict(self, X: Any) -> Numpy:
        """(examples,) the likeliest class of each."""
        places = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[places])

    def predict_proba(self, X: Any) -> Numpy:
        """(examples, classes) the probability of each class, in the order of `classes_`."""
        outputs, task = self._outputs(X), self.model_.task
        if isinstance(task, Averaging):
            outputs, task = task.mean(outputs), task.task
        names = self._names
        return task.comparable(outputs)[:, [names.index(str(one)) for one in self.classes_]]

    @property
    def _names(self) -> tuple[str, ...]:
        """The classes in the order of the network's outputs."""
        task: Any = self.model_.task
        return tuple(task.classes)

    def _settled(self, targets: Numpy, said: Any) -> Numpy:
        """All classes: those of the first call, in which they are said or seen.

        Raises:
            DataError: targets or classes besides.
        """
        name, known = type(self).__name__, hasattr(self, "model_")
        seen = targets if said is None else np.asarray(said)
        settled = self.classes_ if known else self._two_or_more(seen, f". {ALL_CLASSES}")
        for whose, found in (("y", targets), ("classes", seen)):
            unknown = np.setdiff1d(found, settled)
            if len(unknown):
                raise DataError(
                    f"{name} knows the classes {', '.join(map(str, settled[:10]))}; {whose} has "
                    f"{', '.join(map(str, unknown[:5]))} besides. {ALL_CLASSES}"
                )
        return settled

    def _two_or_more(self, targets: Numpy, hint: str = "") -> Numpy:
        """The classes.

        Raises:
            DataError: there is only one.
        """
        classes = np.unique(targets)
        if len(classes) < 2:
            told = f"only one class, {classes.tolist()[0]!r}" if len(classes) else "no class that counts"
            raise DataError(f"{type(self).__name__} needs two classes or more; y has {told}{hint}")
        return classes

    def _weights(self, inputs: Inputs, targets: Numpy, sample_weight: Any) -> Numpy:
        """How much each example counts, by itself and by its class."""
        of_classes = compute_sample_weight(self.class_weight, targets)
        return np.asarray(weights_of(inputs, sample_weight) * of_classes)

    def _require(self, task: Task, network: Layer) -> None:
        require_task(self, task, Classification, "classes")
