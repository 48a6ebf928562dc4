"""Checkpoints: the position of a run beside its model file, from which a killed run goes on to the same bytes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lamina.arrays import Numpy
from lamina.errors import ModelFileError, SaveError, SettingError
from lamina.model.container import Container, read_container, read_from_bytes, to_bytes
from lamina.model.document import require_kind, require_tensors
from lamina.model.preparation import Prepared
from lamina.model.record import current_versions
from lamina.model.saving import save_atomically
from lamina.recipes import from_json, to_json
from lamina.training.records import Best, Epoch, Progress

FIELDS = {"kind", "run", "position"}
SAVE_SHARE = 0.02
"""The share of the time that may go into saving checkpoints."""
SHORTEST_PAUSE = 1.0


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
            {"kind": "checkpoint", "run": self.run, "position": position_json(progress)},
            position_tensors(progress),
        )
        if self.path.exists():
            os.replace(self.path, self.previous)
        save_atomically(self.path, data, lambda written: _require_whole(written, self.path))

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
        except SettingError as error:
            raise ModelFileError(f"{path}: {error}") from None
        if path == self.previous:
            self.notes.append(f"{self.path.name} cannot be used; going on from the one before it, {path.name}")
        return progress


def describe_run(prepared: Prepared) -> dict[str, Any]:
    """What must be the same for a run to go on."""
    return {
        "fingerprint": prepared.dataset.fingerprint,
        "network": to_json(prepared.network),
        "task": to_json(prepared.task),
        "encoder": to_json(prepared.encoder),
        "settings": to_json(prepared.settings),
        "split": prepared.split.description,
        "versions": list(current_versions()),
    }


def require_same_run(found: Any, run: Mapping[str, Any], path: Path) -> None:
    """Raise a ModelFileError that names what differs."""
    words = {"fingerprint": "the data has changed", "versions": "it was made with other versions"}
    for name, value in run.items():
        if not isinstance(found, dict) or found.get(name) != value:
            why = words.get(name, f"its {name} differs from this run's")
            raise ModelFileError(
                f"{path}: cannot go on from it: {why}. Give the same source and options, or leave --resume out."
            )


def position_json(progress: Progress) -> dict[str, Any]:
    """The numbers of a position."""
    best = progress.best
    return {
        "batch": progress.batch,
        "total_steps": progress.total_steps,
        "history": [to_json(epoch) for epoch in progress.history],
        "best": None if best is None else {"epoch": best.epoch, "loss": best.loss},
    }


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
    """The position in a container, with the tree structure of a fresh one."""
    position = container.document["position"]
    if not isinstance(position, dict) or position.keys() != {"batch", "total_steps", "history", "best"}:
        raise SettingError("position: unknown or missing fields")
    history = tuple(from_json(epoch, Epoch, f"history[{i}]") for i, epoch in enumerate(position["history"]))
    best = position["best"]
    trees = {"train": start.train, "sums": start.sums}
    if best is not None:
        trees["best"] = (start.train.params, start.train.state)
    expected = {
        f"{group}/{number:04d}": (leaf.shape, leaf.dtype.name)
        for group, tree in trees.items()
        for number, leaf in enumerate(jax.tree.leaves(tree))
    }
    require_tensors(container.tensors, expected, path)
    read = {group: _rebuild(group, tree, container.tensors) for group, tree in trees.items()}
    after = replace(start, train=read["train"], sums=read["sums"], history=history)
    after = replace(after, batch=int(position["batch"]), total_steps=int(position["total_steps"]))
    if best is not None:
        after = replace(after, best=Best(int(best["epoch"]), float(best["loss"]), *read["best"]))
    return after


def _rebuild(group: str, tree: Any, tensors: Mapping[str, Numpy]) -> Any:
    leaves, structure = jax.tree.flatten(tree)
    found = [jax.numpy.asarray(tensors[f"{group}/{number:04d}"]) for number in range(len(leaves))]
    return jax.tree.unflatten(structure, found)


def _require_whole(written: bytes, path: Path) -> None:
    read_from_bytes(written, str(path))
