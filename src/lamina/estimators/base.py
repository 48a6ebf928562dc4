"""What all estimators share: their settings, learning, compiled answers, pickling, the way from a model file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from lamina.arrays import Numpy, Rows
from lamina.data.dataset import Dataset
from lamina.data.inputs import Inputs
from lamina.data.memory import memory_from
from lamina.data.number_encoder import NumberEncoder
from lamina.errors import SettingError
from lamina.estimators.examples import seed_of
from lamina.estimators.given import inputs_to_answer, inputs_to_learn_from, usual_names
from lamina.layers.base import Layer
from lamina.model.defaults import choose_settings
from lamina.model.document import load_model_bytes, model_bytes
from lamina.model.going_on import go_on, memory_of
from lamina.model.learning import finish
from lamina.model.model import Model
from lamina.model.preparation import Choices, prepare
from lamina.model.run import Run
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Task
from lamina.training.outputs import SIZES, forward_of
from lamina.training.programs import shared_outputs

VALIDATION_SHARE = 0.0
"""As in scikit-learn's own networks everything that is given is learnt from, where nothing else is said."""


class LaminaEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The settings of a network's training as scikit-learn's parameters, and the model that comes of it.

    Args:
        network: layers, the name of a known design, layers in words ("64 relu, dropout 0.2"), or None for the
            default of this kind and amount of data.
        epochs, batch_size, optimizer, learning_rate, weight_decay, patience: as in `lamina.Settings`; None takes what
            suits the data.
        settings: the further ones of `lamina.Settings` by name, such as {"schedule": "constant", "l2": 0.001}.
        validation_share: of the examples, kept to choose the best epoch by; with 0 all of them are learnt from, and
            the last epoch counts.
        random_state: a seed; None draws one from NumPy's global generator.
    """

    model_: Model
    n_iter_: int

    def __init__(
        self,
        network: Layer | str | None = None,
        *,
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
        self.network = network
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.patience = patience
        self.settings = settings
        self.validation_share = validation_share
        self.random_state = random_state

    @classmethod
    def from_model(cls, model: Model | str | Path, **parameters: Any) -> Self:
        """A fitted estimator of a trained model, or of its file.

        Args:
            model: of the kind that the estimator learns.
            parameters: of the estimator, for a later `fit`.

        Raises:
            SettingError: a model that learns something else.
            ModelFileError: a file that is none, or does not prove itself.
        """
        made = cls(**parameters)
        made._take(Model.load(model) if isinstance(model, str | Path) else model)
        encoder = made.model_.encoder
        if isinstance(encoder, NumberEncoder):
            made.n_features_in_ = len(encoder.columns)
            if encoder.columns != usual_names(len(encoder.columns)):
                made.feature_names_in_ = np.array(encoder.columns, object)
        return made

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """The attributes, the model as the bytes of its file."""
        state = dict(super().__getstate__())
        if "model_" in state:
            state["model_"] = model_bytes(state["model_"])
        return state

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """The attributes again; the model answers its proof."""
        own = dict(state)
        if "model_" in own:
            own["model_"] = load_model_bytes(own["model_"], f"a pickled {type(self).__name__}")
        super().__setstate__(own)

    def _require(self, task: Task, network: Layer) -> None:
        """Raise a SettingError where this is not what the estimator learns."""

    def _take(self, model: Model, memory: list[Numpy] | None = None) -> None:
        """Have this model from now on, and what its optimizer remembers."""
        self._require(model.task, model.network)
        self.model_, self._memory = model, memory or []
        self.n_iter_ = len(model.record.epochs)

    def _choices(self, weights: Numpy | None, **others: Any) -> Choices:
        """What the parameters say of a run."""
        settings = self._settings()
        if settings.get("patience") is not None and self.validation_share == 0:
            raise SettingError(
                "patience needs examples to watch, which are not learnt from: set validation_share too, such as 0.1"
            )
        others["validation_share"] = self.validation_share
        return Choices(self.network, settings, sample_weights=weights, **python_values(others))

    def _settings(self) -> dict[str, Any]:
        if not isinstance(self.settings, Mapping | None):
            raise SettingError(f"settings needs names and values, such as {{'l2': 0.001}}; got {self.settings!r}")
        names = ("epochs", "batch_size", "optimizer", "learning_rate", "weight_decay", "patience")
        said = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return python_values({**(self.settings or {}), **said, "seed": seed_of(self.random_state)})

    def _learn(self, dataset: Dataset, choices: Choices) -> None:
        """Train to the end."""
        run = Run(prepare(dataset, choices), shared=True)
        self._require(run.prepared.task, run.prepared.network)
        self._take(finish(run, stacklevel=4))

    def _learn_more(self, dataset: Dataset, weights: Numpy, **others: Any) -> None:
        """One epoch on these examples, from where the model is; where there is none yet, from fresh weights."""
        done = getattr(self, "n_iter_", 0)
        said = {"schedule": "constant", **self._settings(), "epochs": 1}
        said["seed"] = (said["seed"] + done) % 2**32  # another order of the examples every time
        model = getattr(self, "model_", None)
        if model is not None:
            settings = choose_settings(model.encoder, model.task, len(dataset), said, model.network)
            run = go_on(model, dataset, settings, weights, self._memory)
        else:
            others["validation_share"] = 0.0
            choices = Choices(self.network, said, sample_weights=weights, **python_values(others))
            run = Run(prepare(dataset, choices), shared=True)
        for _ in run:
            pass
        self._take(run.model, memory_of(run))
        self.n_iter_ = done + 1

    def _inputs_to_go_on_with(self, X: Any) -> Inputs:
        """X as the model that is there takes it; where there is none yet, as one is to be made from it."""
        known = hasattr(self, "model_")
        return inputs_to_answer(self, X, self.model_.encoder) if known else inputs_to_learn_from(self, X)

    def _encoded(self, X: Any) -> Rows:
        """X as the model takes it."""
        check_is_fitted(self)
        encoder = self.model_.encoder
        encoded, _, skipped = encoder.encode_within(inputs_to_answer(self, X, encoder), memory_from(None))
        for one in skipped:
            one.complain()
        return encoded

    def _outputs(self, X: Any) -> Numpy:
        """The network's outputs for X."""
        encoded, model = self._encoded(X), self.model_
        forward = forward_of(model.network, model.encoder.on_device)
        outputs = shared_outputs((model.network, model.encoder.design), forward, batch_sizes(model))
        return np.asarray(outputs(model.params, model.state, encoded))


def python_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name, those of NumPy, as searches draw them from arrays, as Python's own.

    Example:
        >>> python_values({"epochs": np.arange(10, 30, 10)[0], "optimizer": "adam"})
        {'epochs': 10, 'optimizer': 'adam'}
    """
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}


def batch_sizes(model: Model) -> tuple[int, ...]:
    """The batch sizes in which a model answers: one for rows of numbers, so that a row's answer is the same to the bit
    whatever comes with it; for what is larger as few as are needed."""
    return SIZES[-1:] if len(model.encoder.input_shape) == 1 else SIZES


def require_task(estimator: Any, task: Task, kind: type[Task] | tuple[type[Task], ...], words: str) -> None:
    """Raise a SettingError unless a task, or what several networks learn as one, is of a kind.

    Example:
        >>> from lamina.tasks.regression import Regression
        >>> require_task("a regressor", Regression("price", 0.0, 1.0), Regression, "numbers")
    """
    if not isinstance(task.task if isinstance(task, Averaging) else task, kind):
        raise SettingError(
            f"{type(estimator).__name__} learns {words}; this network or model is for something else: {task.describe()}"
        )
