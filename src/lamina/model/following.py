"""Following every training example through a run: its loss after each epoch, and so how it was learnt.

A second pass over the training part, the way a model is evaluated: without Dropout and changes of pictures, and
without any influence on the run, whose model has the same bytes. Only a run that is followed pays for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy, jnp
from lamina.data.inputs import Inputs
from lamina.data.store import select
from lamina.errors import DataError, SettingError
from lamina.model.run import Run
from lamina.model.saving import save_atomically
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.regression import Regression
from lamina.training.outputs import to_device

EARLY, LATE, FORGOTTEN, NEVER = "learnt early", "learnt late", "forgotten", "never learnt"
KINDS = (EARLY, LATE, FORGOTTEN, NEVER)
EARLY_SHARE = 1 / 3
"""What is right from this share of the epochs on, to the end, was learnt early."""
DIGITS = 5
"""Of a loss in the file."""


@dataclass(frozen=True, eq=False)
class Followed:
    """Every training example's loss after each epoch that was followed.

    Args:
        names, targets: of the examples, as texts.
        epochs: the numbers of the epochs.
        losses: (epochs, examples).
        right: (epochs, examples) whether the answer was right; of numbers, off by at most half of the targets' spread.
        fingerprint: of the data.
    """

    names: tuple[str, ...]
    targets: tuple[str, ...]
    epochs: tuple[int, ...]
    losses: Numpy
    right: Numpy
    fingerprint: str = ""

    @cached_property
    def kinds(self) -> Numpy:
        """(examples,) one of KINDS.

        Learnt is what is right after the last epoch, early or late by the epoch from which it stayed so; forgotten
        what was right once and is wrong in the end; never learnt what was never right.
        """
        stayed = np.logical_and.accumulate(self.right[::-1], axis=0).sum(axis=0)
        since = len(self.epochs) - stayed
        early = since < max(1.0, EARLY_SHARE * len(self.epochs))
        learnt = np.where(early, EARLY, LATE)
        return np.where(self.right[-1], learnt, np.where(self.right.any(axis=0), FORGOTTEN, NEVER))

    @property
    def counts(self) -> dict[str, int]:
        """How many examples there are of each kind."""
        return {kind: int((self.kinds == kind).sum()) for kind in KINDS}

    @property
    def suspicion(self) -> Numpy:
        """(examples,) the loss averaged over the epochs: what stays hard although all else is learnt may be labelled
        wrongly.

        Source:
            Arpit et al., A Closer Look at Memorization in Deep Networks (2017): wrong labels are fitted last; Toneva et
            al., An Empirical Study of Example Forgetting (2019).
        """
        return np.asarray(self.losses.mean(axis=0))

    @property
    def suspicious(self) -> Numpy:
        """The places of the examples, the most suspicious first."""
        return np.argsort(-self.suspicion, kind="stable")

    def __str__(self) -> str:
        told = ", ".join(f"{count:,} {kind}" for kind, count in self.counts.items())
        worst = "; ".join(f"{self.names[row]} ({self.targets[row]})" for row in self.suspicious[:5].tolist())
        return f"of {len(self.names):,} training examples {told}; to look at first: {worst}"


class Follower:
    """Looks at every training example of a run after an epoch; `epochs` are the numbers of those it has seen.

    Raises:
        SettingError: a run that learns neither one target of classes nor one number.
    """

    def __init__(self, run: Run) -> None:
        prepared, rows = run.prepared, run.prepared.split.train
        self._run = run
        self._measure, self._bar = _bar(prepared.task)
        self._objective = prepared.task.objective()
        self._inputs = select(prepared.inputs, rows)
        self._encoded = to_device(prepared.targets[rows])
        self._names = tuple(called(prepared.dataset.inputs, row) for row in rows.tolist())
        self._targets = tuple(map(_told, prepared.dataset.targets[rows].tolist()))
        self.epochs: list[int] = []
        self._losses: list[Numpy] = []
        self._right: list[Numpy] = []

    def look(self) -> None:
        """Keep the loss of each example with the weights as they are after the epoch that has just ended."""
        progress, trainer = self._run.progress, self._run.trainer
        params, state = trainer.devices.here((progress.train.params, progress.train.state))
        outputs = jnp.asarray(trainer.outputs(params, state, self._inputs))
        loss, measures = self._objective
        self.epochs.append(progress.epochs_done)
        self._losses.append(np.asarray(loss(outputs, self._encoded), np.float32))
        self._right.append(np.asarray(measures[self._measure](outputs, self._encoded)) <= self._bar)

    @property
    def followed(self) -> Followed:
        """What was seen so far.

        Raises:
            SettingError: no epoch has ended.
        """
        if not self.epochs:
            raise SettingError("following a run needs at least one whole epoch; none has ended")
        return Followed(
            self._names, self._targets, tuple(self.epochs), np.stack(self._losses), np.stack(self._right),
            self._run.prepared.dataset.fingerprint,
        )  # fmt: skip


def follow(run: Run) -> Followed:
    """Go through a run's epochs and keep every training example's loss after each of them.

    Raises:
        SettingError: a run that learns neither one target of classes nor one number, or ends before its first epoch.

    Example:
        >>> import lamina
        >>> followed = lamina.follow(lamina.train("iris", "mlp", epochs=5, seed=0))
        >>> followed.losses.shape, sum(followed.counts.values())
        ((5, 108), 108)
    """
    follower = Follower(run)
    for _ in run:
        follower.look()
    return follower.followed


def called(inputs: Inputs, row: int) -> str:
    """An example in words: "photo.png", "line 7", "PassengerId 892"."""
    return f"{inputs.title} {inputs.names[row]}".strip()


def followed_path(model_path: Path) -> Path:
    """NAME.safetensors -> NAME.followed.jsonl."""
    return model_path.with_name(f"{model_path.stem}.followed.jsonl")


def save_followed(followed: Followed, path: Path) -> None:
    """Write it as lines of JSON: the epochs and the data's fingerprint, then a line for each example.

    Raises:
        SaveError: it cannot be written.
    """
    head = {"epochs": list(followed.epochs), "fingerprint": followed.fingerprint}
    rows = zip(followed.names, followed.targets, followed.losses.T.tolist(), followed.right.T, strict=True)
    lines = [json.dumps(head), *(_line(*row) for row in rows)]
    save_atomically(path, ("\n".join(lines) + "\n").encode("ascii"), lambda written: None)


def load_followed(path: Path) -> Followed:
    """Read what `save_followed` has written.

    Raises:
        DataError: it cannot be read, or is no such file.
    """
    try:
        head, *rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        losses = np.array([row["losses"] for row in rows], np.float32).T
        right = np.array([[mark == "1" for mark in row["right"]] for row in rows]).T
        names, targets = (tuple(str(row[key]) for row in rows) for key in ("example", "target"))
        found = Followed(names, targets, tuple(map(int, head["epochs"])), losses, right, str(head["fingerprint"]))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DataError(f"{path} is not what `lamina train --follow` writes") from None
    shape = (len(found.epochs), len(names))
    if 0 in shape or losses.shape != shape or right.shape != shape or not np.isfinite(losses).all():
        raise DataError(f"{path} is not what `lamina train --follow` writes: it needs a number an epoch and example")
    return found


def _line(name: str, target: str, losses: list[float], right: Numpy) -> str:
    rounded = [float(f"{loss:.{DIGITS}g}") for loss in losses]
    marks = "".join("1" if one else "0" for one in right.tolist())
    return json.dumps({"example": name, "target": target, "losses": rounded, "right": marks})


def _bar(task: Task) -> tuple[str, float]:
    """The measure that tells whether an answer is right, and the most that it may be."""
    inner: Any = task.task if isinstance(task, Averaging) else task
    if isinstance(inner, Classification):
        return inner.measure, 0.0
    if isinstance(inner, Regression):
        return inner.measure, inner.scale / 2
    raise SettingError(f"following examples needs one target of classes or numbers; this run learns {task.describe()}")


def _told(target: str | float) -> str:
    return target if isinstance(target, str) else f"{target:.6g}"
