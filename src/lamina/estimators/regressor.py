"""LaminaRegressor: a number, learnt by a network, as scikit-learn's regressors learn it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.inputs import Inputs
from lamina.estimators.base import VALIDATION_SHARE, LaminaEstimator, require_task
from lamina.estimators.examples import numbers_of, once_each, weights_of, with_numbers
from lamina.estimators.given import inputs_to_learn_from
from lamina.layers.base import Layer
from lamina.tasks.base import Task
from lamina.tasks.regression import Regression


class LaminaRegressor(RegressorMixin, LaminaEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A network that learns a number, as an estimator of scikit-learn.

    X holds rows of numbers (NaN where one is missing), a data frame with columns of any kind, pictures as bytes
    (examples, height, width[, colors]), or texts. Below it is `lamina.fit`: the same preparation, networks, training
    and model file. Two fits with the same data and random_state give the same answers to the bit, in whatever order the
    rows come; a weight of 2 is the same as the row twice.

    Args:
        network: layers, the name of a known design, layers in words ("64 relu, dropout 0.2"), or None for the
            default of this kind and amount of data.
        loss: by name; None is the mean squared error.
        seeds: so many networks, each with its own start, are trained together and answer as one.
        epochs, batch_size, optimizer, learning_rate, weight_decay, patience: as in `lamina.Settings`; None takes what
            suits the data.
        settings: the further ones of `lamina.Settings` by name, such as {"schedule": "constant", "l2": 0.001}.
        validation_share: of the examples, kept to choose the best epoch by; with 0 all of them are learnt from, and
            the last epoch counts.
        random_state: a seed; None draws one from NumPy's global generator.

    Attributes:
        model_: the trained `lamina.Model`: it can be saved, explained and served.
        n_iter_: how many epochs were trained.
        n_features_in_, feature_names_in_: of the columns in fit.

    Example:
        >>> import numpy as np
        >>> from lamina import LaminaRegressor
        >>> X = np.linspace(-2, 2, 100)[:, None]
        >>> regressor = LaminaRegressor(epochs=200, learning_rate=0.01, random_state=0).fit(X, X[:, 0] ** 2)
        >>> regressor.score(X, X[:, 0] ** 2) > 0.9
        True
    """

    def __init__(
        self,
        network: Layer | str | None = None,
        *,
        loss: str | None = None,
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
        self.loss, self.seeds = loss, seeds

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a network on examples and their numbers.

        Raises:
            ValueError: X or y that scikit-learn refuses.
            DataError, SettingError, ShapeError: what cannot be learnt, set, or connected.
        """
        dataset, weights = self._examples(inputs_to_learn_from(self, X), y, sample_weight)
        self._learn(dataset, self._choices(weights, loss=self.loss, members=self.seeds))
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One epoch more on these examples; the first call settles the preparation and the unit of the answers.

        Raises:
            DataError: in the first call, the same number for all examples.
            ValueError, SettingError, ShapeError: as `fit`.
        """
        dataset, weights = self._examples(self._inputs_to_go_on_with(X), y, sample_weight)
        self._learn_more(dataset, weights, loss=self.loss, members=self.seeds)
        return self

    def predict(self, X: Any) -> Numpy:
        """(examples,) the number for each."""
        outputs = self._outputs(X)
        return np.array([answer.value for answer in self.model_.task.decode(outputs)], np.float64)

    def _examples(self, inputs: Inputs, y: Any, sample_weight: Any) -> tuple[Dataset, Numpy]:
        """Each example once, and its weight."""
        return once_each(with_numbers(inputs, numbers_of(self, inputs, y)), weights_of(inputs, sample_weight))

    def _require(self, task: Task, network: Layer) -> None:
        require_task(self, task, Regression, "numbers")
