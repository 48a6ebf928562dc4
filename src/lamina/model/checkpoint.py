"""Checkpoints: the position of a run beside its model file, from which a killed run goes on to the same bytes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lamina.arrays import Numpy
from lamina.errors import ModelFileError, SaveError, SettingError
from lamina.model.container import Container, read_container, read_from_bytes, shown, to_bytes
from lamina.model.document import require_kind, require_tensors
from lamina.model.preparation import Prepared
from lamina.model.saving import save_atomically
from lamina.recipes import from_json, recipe, to_json
from lamina.training.records import Best, Epoch, Progress
from lamina.versions import versions_here

FIELDS = {"kind", "run", "position"}
SAVE_SHARE = 0.02
"""The share of the time that may go into saving checkpoints."""
SHORTEST_PAUSE = 1.0


@recipe
class BestEpoch:
    """The epoch with the lowest validation loss, and that loss."""

    epoch: int
    loss: float


@recipe
class Position:
    """The numbers of a run's progress, as a checkpoint file says them.

    Args:
        batch: the next batch of the epoch under way.
        total_steps: how many steps the schedule reckons with.
        history: the epochs done.
        best: the best of them; None before the first ends.
    """

    batch: int
    total_steps: int
    history: tuple[Epoch, ...]
    best: BestEpoch | None


class Checkpoint:
    """Saves and loads a run's Progress.

    Two files are kept: the newest, and the one before, which serves where the newest is damaged.

    Args:
        path: of the newest file.
        prepared: the run; a checkpoint of other data, settings or versions is refused.
    """

    def __init__(self, path: Path, prepared: Prepared) -> None:
        self.path = path
        self.previous = path.with_name(path.name.replace(".checkpoint.", ".checkpoint-before."))
        self.run = describe_run(prepared)
        self.notes: list[str] = []
        self._batches = -(-len(prepared.split.train) // prepared.settings.batch_size)
        self._next = 0.0  # the first at once: a folder that cannot be written to is told of before an hour of training

    def save_when_due(self, progress: Progress) -> None:
        """Save, unless the last time was a moment ago."""
        began = time.perf_counter()
        if began < self._next:
            return
        self.save(progress)
        took = time.perf_counter() - began
        self._next = time.perf_counter() + max(SHORTEST_PAUSE, took / SAVE_SHARE)

    def save(self, progress: Progress) -> None:
        """Write the newest file; what was the newest becomes the one before."""
        data = to_bytes(
            {"kind": "checkpoint", "run": self.run, "position": to_json(position_of(progress))},
            position_tensors(progress),
        )
        self._keep_newest()
        save_atomically(self.path, data, lambda written: _require_whole(written, self.path))

    def _keep_newest(self) -> None:
        try:
            os.replace(self.path, self.previous)
        except FileNotFoundError:
            return
        except OSError as error:
            raise SaveError(f"{self.path}: cannot be renamed to {self.previous.name}: {error.strerror}") from error

    def load(self, start: Progress) -> Progress:
        """The position from the newest whole file; `start` tells the shapes.

        Raises:
            ModelFileError: neither file is there, both are damaged, or they are of another run.
        """
        found = [path for path in (self.path, self.previous) if path.exists()]
        if not found:
            raise ModelFileError(f"there is no unfinished run to go on with: {self.path} is not there")
        errors = []
        for path in found:
            try:
                return self._load(path, start)
            except ModelFileError as error:
                errors.append(str(error))
        raise ModelFileError(f"no checkpoint to go on from: {'; '.join(errors)}")

    def discard(self) -> None:
        """Delete both files: the run is over and its model saved."""
        for path in (self.path, self.previous):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise SaveError(f"{path}: cannot be deleted: {error.strerror}") from error

    def _load(self, path: Path, start: Progress) -> Progress:
        container = read_container(path)
        require_kind(container.document, "checkpoint", FIELDS, path)
        require_same_run(container.document["run"], self.run, path)
        try:
            progress = read_position(container, start, path)
            require_possible(progress, self._batches)
        except SettingError as error:
            raise ModelFileError(f"{path}: {error}") from None
        if path == self.previous:
            self.notes.append(f"{self.path.name} cannot be used; going on from the one before it, {path.name}")
        return progress


def describe_run(prepared: Prepared) -> dict[str, Any]:
    """What must be the same for a run to go on."""
    return {
        "fingerprint": prepared.dataset.fingerprint,
        "settings": to_json(prepared.settings),
        "split": prepared.split.description,
        "versions": versions_here(),
        "network": to_json(prepared.network),
        "task": to_json(prepared.task),
        "encoder": to_json(prepared.encoder),
    }


def require_same_run(found: Any, run: Mapping[str, Any], path: Path) -> None:
    """Raise a ModelFileError that names what differs."""
    if not isinstance(found, dict) or found.keys() != run.keys():
        raise ModelFileError(f"{path}: run: unknown or missing fields")
    for name, value in run.items():
        if found[name] != value:
            why = "the data has changed" if name == "fingerprint" else difference(name, found[name], value)
            raise ModelFileError(
                f"{path}: cannot go on from it: {why}. Give the same source and options, or leave --resume out"
            )


def difference(name: str, before: Any, now: Any, words: str = "its {} was {}, now it is {}") -> str:
    """Which parts of a run were others, in words: with room for the name and both values."""
    if isinstance(before, dict) and isinstance(now, dict):
        differing = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
        return ", ".join(difference(f"{name}.{key}", before.get(key), now.get(key), words) for key in differing)
    return words.format(name, shown(before), shown(now))


def position_of(progress: Progress) -> Position:
    """The numbers of a run's progress."""
    best = None if progress.best is None else BestEpoch(progress.best.epoch, progress.best.loss)
    return Position(progress.batch, progress.total_steps, progress.history, best)


def position_tensors(progress: Progress) -> dict[str, Numpy]:
    """The arrays of a position: leaves in JAX's own order."""
    arrays = {"train": progress.train, "sums": progress.sums}
    if progress.best is not None:
        arrays["best"] = (progress.best.params, progress.best.state)
    return {
        f"{group}/{number:04d}": np.asarray(leaf)
        for group, tree in arrays.items()
        for number, leaf in enumerate(jax.tree.leaves(tree))
    }


def read_position(container: Container, start: Progress, path: Path) -> Progress:
    """The progress in a container, with the tree structure of a fresh one."""
    position: Position = from_json(container.document["position"], Position, "position")
    trees = {"train": start.train, "sums": start.sums}
    if position.best is not None:
        trees["best"] = (start.train.params, start.train.state)
    expected = {
        f"{group}/{number:04d}": (leaf.shape, leaf.dtype.name)
        for group, tree in trees.items()
        for number, leaf in enumerate(jax.tree.leaves(tree))
    }
    require_tensors(container.tensors, expected, path)
    read = {group: _rebuild(group, tree, container.tensors) for group, tree in trees.items()}
    best = None
    if position.best is not None:
        best = Best(position.best.epoch, position.best.loss, *read["best"])
    return Progress(read["train"], read["sums"], position.batch, position.history, best, position.total_steps)


def require_possible(progress: Progress, batches: int) -> None:
    """Raise a SettingError unless the numbers of a position fit each other and the run's epochs of so many batches."""
    numbers = [epoch.number for epoch in progress.history]
    best = 1 if progress.best is None else progress.best.epoch
    if not 0 <= progress.batch < batches or int(progress.train.step) != len(numbers) * batches + progress.batch:
        raise SettingError(f"position: step {int(progress.train.step)} is not batch {progress.batch} of {batches}")
    if numbers != list(range(1, len(numbers) + 1)) or not 1 <= best <= max(1, len(numbers)):
        raise SettingError("position: its epochs are not 1, 2, 3 ..., or the best is none of them")
    if not 1 <= progress.total_steps < 2**31:
        raise SettingError(f"position: total_steps must be from 1 to {2**31 - 1:,}; found {progress.total_steps}")


def _rebuild(group: str, tree: Any, tensors: Mapping[str, Numpy]) -> Any:
    leaves, structure = jax.tree.flatten(tree)
    found = [jax.numpy.asarray(tensors[f"{group}/{number:04d}"]) for number in range(len(leaves))]
    return jax.tree.unflatten(structure, found)


def _require_whole(written: bytes, path: Path) -> None:
    read_from_bytes(written, str(path))
