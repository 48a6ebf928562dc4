"""`train` and `fit`: from raw data to a trained model in one call."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import optax

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.read import read
from lamina.data.reading import READING_OPTIONS
from lamina.errors import LaminaWarning, SettingError
from lamina.layers.base import Layer
from lamina.model.generating import reading_for
from lamina.model.model import Model
from lamina.model.preparation import Choices, ClassWeights, prepare
from lamina.model.run import Run
from lamina.processes.place import Place, place_of
from lamina.processes.together import join
from lamina.training.finder import Finding, find_rate, sweep_settings
from lamina.training.loop import Trainer
from lamina.training.settings import MAX_EPOCHS


def train(
    source: Any,
    network: Layer | str | None = None,
    *,
    optimizer: str | optax.GradientTransformation | None = None,
    loss: str | None = None,
    label_smoothing: float = 0.0,
    test_share: float | None = None,
    class_weights: ClassWeights = None,
    sample_weights: Numpy | None = None,
    seconds: float | None = None,
    checkpoint: str | Path | None = None,
    seeds: int = 1,
    groups: int | None = None,
    base: Model | str | Path | None = None,
    memory: str | int | None = None,
    processes: int | str | Place | None = None,
    process_id: int | None = None,
    coordinator: str | None = None,
    **settings: Any,
) -> Run:
    """Prepare training from raw data; iterate over the Run for its epochs.

    Args:
        source: a name (digits, iris ...), a file, folder or archive, a Dataset, or arrays (inputs, targets).
        network: layers, the name of a known design, layers in words ("64 relu, dropout 0.2, 64 relu"), or None for
            the default of this kind of data.
        optimizer: its name, or an Optax transformation.
        loss: by name.
        label_smoothing: share of the certainty spread over all classes.
        test_share: draws the test part anew, 0.2 for an 80/20 split; None keeps a source's own parts.
        class_weights: "balanced", or a weight by class name.
        sample_weights: a weight for each example of the source.
        seconds: stop after so long, with the schedule ending then.
        checkpoint: a file from which a killed run can go on (`run.resume()`).
        seeds: so many networks, each with its own start, are trained together and answer as one, with an interval.
        groups: of a clustering; None takes as many as fit best.
        base: a trained model, or its file, to go on from: its preparation and layers are kept, the last layer is
            new where the answers are others, and the kept layers learn at `body_rate` of the rate.
        memory: how much examples may take, "2GB" or bytes; what needs more is kept on disk and streamed, with the same
            results. None allows half of the memory that is free.
        processes, process_id, coordinator: this is one of several processes that share each batch: how many, which,
            and HOST:PORT of process 0; "auto" takes what Slurm or MPI say. All make the same call, first of all.
        settings: of reading: target, task, kinds ... (see `lamina.read`); and of lamina.Settings: epochs, batch_size,
            learning_rate, schedule, seed, patience ...

    Raises:
        DataError, SettingError, ShapeError: what cannot be learnt, set, or connected.
        ProcessError: processes that did not meet, or that differ.

    Example:
        >>> import lamina
        >>> for epoch in lamina.train("iris", epochs=2, seed=1):
        ...     print(epoch.number)
        1
        2
    """
    began = time.perf_counter()
    together = join(place_of(processes, process_id, coordinator))
    if optimizer is not None:
        settings["optimizer"] = optimizer if isinstance(optimizer, str) else "custom"
    if seconds is not None:
        settings.setdefault("epochs", MAX_EPOCHS)
    reading = {name: settings.pop(name) for name in sorted(settings.keys() & READING_OPTIONS)}
    if not isinstance(source, Dataset):
        reading = reading_for(network, reading) | ({} if memory is None else {"memory": memory})
    source = read_with(source, reading)
    custom = None if isinstance(optimizer, str) else optimizer
    model = Model.load(base) if isinstance(base, str | Path) else base
    choices = Choices(
        network,
        settings,
        loss,
        label_smoothing,
        test_share,
        class_weights,
        sample_weights,
        seeds,
        groups,
        model,
        memory,
    )
    deadline = None if seconds is None else began + seconds
    path = None if checkpoint is None else Path(checkpoint)
    return Run(prepare(source, choices), custom, deadline, path, together=together)


def read_with(source: Any, reading: dict[str, Any]) -> Dataset:
    """The source as a Dataset.

    Raises:
        SettingError: options of reading for what is read already.
    """
    if not isinstance(source, Dataset):
        return read(source, **reading)
    if reading:
        raise SettingError(f"{', '.join(reading)}: this Dataset is read already; give them to lamina.read")
    return source


def find_learning_rate(source: Any, network: Layer | str | None = None, **options: Any) -> Finding:
    """Try growing learning rates on fresh weights for 120 steps; takes what `train` takes.

    Example:
        >>> import lamina
        >>> finding = lamina.find_learning_rate("iris")
        >>> 1e-6 < finding.suggestion < 10
        True
    """
    run = train(source, network, **options)
    settings = sweep_settings(run.prepared.settings)
    own = run.trainer
    return find_rate(Trainer(own.network, own.objective, settings, own.training, optimizer=run.optimizer))


def fit(source: Any, network: Layer | str | None = None, **options: Any) -> Model:
    """Train to the end and return the model; takes what `train` takes.

    What was assumed, left out or must be known about the result is in `model.record.notes`, and warned of.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", epochs=30, seed=0)
        >>> model.record.source
        'iris'
    """
    return finish(train(source, network, **options), stacklevel=3)


def finish(run: Run, stacklevel: int = 2) -> Model:
    """Go through a run to its end; what must be known about the result is warned of.

    Args:
        run: anywhere before its end.
        stacklevel: whose line the warnings name: 2 for the caller's.
    """
    for _ in run:
        pass
    model = run.model
    for note in model.record.notes[len(run.prepared.notes) :]:
        warnings.warn(note, LaminaWarning, stacklevel=stacklevel)
    return model
