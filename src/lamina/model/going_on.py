"""Going on with other examples: what a model prepares and what it answers stay, its weights learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.split import split_without_test
from lamina.errors import SettingError
from lamina.model.model import Model
from lamina.model.preparation import Prepared
from lamina.model.run import Run
from lamina.model.transfer import decode_for
from lamina.training.settings import Settings


def go_on(model: Model, dataset: Dataset, settings: Settings, weights: Numpy, remembered: Sequence[Numpy] = ()) -> Run:
    """A run on other examples from where a model is: all of them teach, none is kept for validation.

    Args:
        model: whose preparation, task, network and weights are taken.
        dataset: with targets of the model's task.
        settings: of the run.
        weights: how much each example counts; only their proportions matter.
        remembered: what `memory_of` told of the run before; without it the optimizer begins anew.

    Raises:
        DataError: examples that the model does not take.
        SettingError: an optimizer that remembers something else.

    Example:
        >>> import lamina
        >>> model, iris = lamina.fit("iris", "mlp", epochs=1), lamina.read("iris")
        >>> run = go_on(model, iris, Settings(epochs=1), np.ones(len(iris)))
        >>> len(list(run)), run.model.record.training
        (1, 150)
    """
    decoded = decode_for(model, dataset.inputs)
    for skipped in decoded.skipped:
        skipped.complain()
    prepared = Prepared(
        dataset, model.encoder, model.task, model.network, settings, split_without_test(dataset, settings.seed, 0.0),
        decoded.encoded, model.task.encode(dataset.targets), (weights / weights.mean()).astype(np.float32), (),
    )  # fmt: skip
    run = Run(prepared, shared=True)
    fresh = run.progress.train
    train = fresh._replace(params=_like(fresh.params, model.params), state=_like(fresh.state, model.state))
    if remembered:
        structure, leaves = jax.tree.structure(memory_tree(run)), jax.tree.leaves(memory_tree(run))
        if [leaf.shape for leaf in leaves] != [leaf.shape for leaf in remembered]:
            raise SettingError(
                f"the optimizer {settings.optimizer} remembers something else than the one that has learnt so far: "
                f"keep its name, or begin anew with fit"
            )
        optimizer_state, step = jax.tree.unflatten(structure, list(map(jax.numpy.asarray, remembered)))
        train = train._replace(optimizer_state=optimizer_state, step=step)
    run.progress = run.trainer.at_start(train)
    return run


def memory_of(run: Run) -> list[Numpy]:
    """What a run must hand on beside its weights: the optimizer's memory and the number of steps, as plain arrays."""
    return [np.asarray(leaf) for leaf in jax.tree.leaves(memory_tree(run))]


def memory_tree(run: Run) -> tuple[Any, Any]:
    """The same as it is."""
    return run.progress.train.optimizer_state, run.progress.train.step


def _like(fresh: Any, own: Any) -> Any:
    """A tree of the same arrays as another one, with its own numbers, on the device."""
    return jax.tree.unflatten(jax.tree.structure(fresh), list(map(jax.numpy.asarray, jax.tree.leaves(own))))
