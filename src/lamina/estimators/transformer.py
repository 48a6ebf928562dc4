"""LaminaTransformer: what a layer makes of the examples, as features for scikit-learn's other estimators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from lamina.arrays import Numpy
from lamina.data.dataset import RECONSTRUCTION, Dataset
from lamina.data.inputs import Inputs
from lamina.errors import SettingError
from lamina.estimators.base import VALIDATION_SHARE, LaminaEstimator, batch_sizes
from lamina.estimators.examples import numbers_of, once_each, targets_of, weights_of, with_classes, with_numbers
from lamina.estimators.given import inputs_to_learn_from
from lamina.layers.base import Layer
from lamina.layers.combining import as_sequential
from lamina.model.features import LayerOutputs
from lamina.model.layer_places import layer_at
from lamina.tasks.base import Task

CLASSIFICATION, REGRESSION = "classification", "regression"
TASKS = (RECONSTRUCTION, CLASSIFICATION, REGRESSION)


class LaminaTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, LaminaEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The output of a network's layer as features, as a transformer of scikit-learn.

    Without targets an autoencoder learns to give the examples again, and its code is what comes out; with the task
    "classification" or "regression" the network learns y, and by default the layer before its last is what comes out.
    X is what LaminaClassifier takes; `from_model` takes the layers of a network that was trained before.

    Args:
        network: layers, the name of a known design, layers in words ("64 relu, dropout 0.2"), or None for the
            default of this kind and amount of data.
        layer: its number as `lamina show` counts, from 1; inside of another "3.body.1"; None takes the one before the
            last, and of an autoencoder the code.
        task: what the network learns: "reconstruction", which needs no y, "classification" or "regression".
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
        >>> from lamina import LaminaTransformer
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> LaminaTransformer(epochs=5, random_state=0).fit_transform(X).shape
        (150, 2)
    """

    def __init__(
        self,
        network: Layer | str | None = None,
        *,
        layer: int | str | None = None,
        task: str = RECONSTRUCTION,
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
        self.layer, self.task = layer, task

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train the network; y is looked at where the task needs it.

        Raises:
            ValueError: X or y that scikit-learn refuses.
            DataError, SettingError, ShapeError: what cannot be learnt, set, or connected; a layer that there is not.
        """
        if self.task not in TASKS:
            raise SettingError(f"LaminaTransformer needs a task of {', '.join(TASKS)}; got {self.task!r}")
        inputs = inputs_to_learn_from(self, X)
        dataset, weights = once_each(self._dataset(inputs, y), weights_of(inputs, sample_weight))
        self._learn(dataset, self._choices(weights))
        return self

    def transform(self, X: Any) -> Numpy:
        """(examples, features) the layer's output for each; as float32 where X is, as float64 otherwise."""
        encoded = self._encoded(X)
        found = LayerOutputs(self.model_, self.layer, batch_sizes(self.model_))(encoded)
        return found.astype(np.float32 if getattr(X, "dtype", None) == np.float32 else np.float64, copy=False)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.target_tags.required = self.task != RECONSTRUCTION
        return tags

    @property
    def _n_features_out(self) -> int:
        """How many numbers the layer gives."""
        model = self.model_
        nothing = model.encoder.encode_raw(model.encoder.made_up()[0])[None][:0]
        return int(LayerOutputs(model, self.layer)(nothing).shape[1])

    def _dataset(self, inputs: Inputs, y: Any) -> Dataset:
        if self.task == RECONSTRUCTION:
            return Dataset("model", inputs, np.full(len(inputs), ""), RECONSTRUCTION, task=RECONSTRUCTION)
        if self.task == REGRESSION:
            return with_numbers(inputs, numbers_of(self, inputs, y))
        return with_classes(inputs, targets_of(self, inputs, y))

    def _require(self, task: Task, network: Layer) -> None:
        if self.layer is not None:
            layer_at(as_sequential(network, {}, {})[0], str(self.layer))
