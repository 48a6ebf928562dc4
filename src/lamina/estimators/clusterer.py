"""LaminaClusterer: groups in the code of an autoencoder, as scikit-learn's clusterers find them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import ClusterMixin

from lamina.arrays import Numpy
from lamina.data.dataset import CLUSTERING, Dataset
from lamina.estimators.base import VALIDATION_SHARE, LaminaEstimator, require_task
from lamina.estimators.examples import once_each, weights_of
from lamina.estimators.given import inputs_to_learn_from
from lamina.layers.base import Layer
from lamina.model.model import Model
from lamina.tasks.clustering import Clustering


class LaminaClusterer(ClusterMixin, LaminaEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Groups that a network finds without targets, as an estimator of scikit-learn.

    An autoencoder learns to give the examples again through a code of a few numbers; the groups are those of k-means in
    that code, as `lamina train --task clustering` finds them. X is what LaminaClassifier takes. A weight of 2 is the
    same as the row twice, and the order of the rows changes nothing.

    Args:
        network: an autoencoder, `Sequential(encoder, decoder)`, the name of a design ("autoencoder",
            "deep_clustering" ...), or None for the default.
        groups: how many; None takes as many as fit best.
        epochs, batch_size, optimizer, learning_rate, weight_decay, patience: as in `lamina.Settings`; None takes what
            suits the data.
        settings: the further ones of `lamina.Settings` by name, such as {"schedule": "constant", "l2": 0.001}.
        validation_share: of the examples, kept to choose the best epoch by; with 0 all of them are learnt from, and
            the last epoch counts.
        random_state: a seed; None draws one from NumPy's global generator.

    Attributes:
        model_: the trained `lamina.Model`: it can be saved, explained and served.
        labels_: the group of each example in fit, from 0; the largest group is 0.
        n_iter_: how many epochs were trained.
        n_features_in_, feature_names_in_: of the columns in fit.

    Example:
        >>> from lamina import LaminaClusterer
        >>> from sklearn.datasets import make_blobs
        >>> X, _ = make_blobs(60, centers=3, cluster_std=0.2, random_state=0)
        >>> LaminaClusterer(groups=3, epochs=20, random_state=0).fit_predict(X).shape
        (60,)
    """

    labels_: Numpy

    def __init__(
        self,
        network: Layer | str | None = None,
        *,
        groups: int | None = None,
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
        self.groups = groups

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find groups; y is not looked at.

        Raises:
            ValueError: X that scikit-learn refuses.
            DataError, SettingError, ShapeError: what cannot be learnt, set, or connected.
        """
        inputs = inputs_to_learn_from(self, X)
        dataset = Dataset("model", inputs, np.full(len(inputs), ""), CLUSTERING, task=CLUSTERING)
        dataset, weights = once_each(dataset, weights_of(inputs, sample_weight))
        self._learn(dataset, self._choices(weights, groups=self.groups))
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> Numpy:
        """(examples,) the group whose center is nearest, from 0."""
        outputs, task = self._outputs(X), self.model_.task
        return task.nearest(outputs) if isinstance(task, Clustering) else np.zeros(len(outputs), np.int64)

    def _take(self, model: Model, memory: list[Numpy] | None = None) -> None:
        # What is trained gives its input again; only what comes of it has groups.
        require_task(self, model.task, Clustering, "groups")
        super()._take(model, memory)
