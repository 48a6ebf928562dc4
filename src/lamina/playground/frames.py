"""What the page is shown of a run at one moment: losses of the weights as they are, weights, maps, the curve."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.model.trees import to_numpy
from lamina.playground.binary import pack
from lamina.playground.curve import Curve
from lamina.playground.plane import Maps, Plane, plane_of
from lamina.playground.play_run import PARTS, PlayRun
from lamina.playground.viewed import MOST_WEIGHTS, Viewed
from lamina.tasks.classification import Classification
from lamina.training.metrics import confusion_matrix
from lamina.training.regularization import penalty

SHARE_OF_MEASURING = 0.2
"""Losses are measured at once where that takes less than this share of the time since they were measured last."""
RISES = 3.0
"""A loss of so many times the start's is worth a warning."""
MOST_CLASSES = 50


@dataclass(frozen=True)
class View:
    """How finely and how often the page looks.

    Args:
        map_size, decision_size: of the maps of neurons and of answers, in points along each side.
        chunk_seconds: from one frame to the next.
    """

    map_size: int = 40
    decision_size: int = 80
    chunk_seconds: float = 0.04


@dataclass(frozen=True, eq=False)
class Measured:
    """What the weights give on each part.

    Args:
        step: of the weights that were measured.
        parts: part -> loss and measures.
        confusion: of the test part, truth by answer; None of numbers.
    """

    step: int
    parts: dict[str, dict[str, float]]
    confusion: list[list[int]] | None


class Frames:
    """Makes the frames of a run.

    Args:
        run: what is shown.
        view: how finely.
    """

    def __init__(self, run: PlayRun, view: View) -> None:
        self.run, self.view = run, view
        self._maps: Maps | None = None
        self._drawn: tuple[Any, ...] = ()
        self._dataset: Dataset | None = None
        self._plane: Plane | None = None
        self._measured: Measured | None = None
        self._cost = self._when = 0.0
        self._first_loss: float | None = None
        self._changed: tuple[Any, ...] = ()
        self._curve = Curve()
        self._speed = (time.perf_counter(), run.position.step)

    @property
    def plane(self) -> Plane | None:
        """Over what maps are drawn; found again where the run has another network, encoder or other axes."""
        prepared, settings = self.run.prepared, self.run.settings
        drawn = (prepared.network, prepared.encoder, settings.axes)
        if drawn != self._drawn or prepared.dataset is not self._dataset:
            rows = np.asarray(prepared.inputs[:]) if self.run.viewed.input in ("plane", "table") else None
            self._plane = plane_of(prepared.encoder, rows, settings.axes, settings.drawn)
            self._drawn, self._dataset, self._maps = drawn, prepared.dataset, None
        return self._plane

    @property
    def training_loss(self) -> float:
        """The loss of the training part as it was measured last."""
        return 0.0 if self._measured is None else self._measured.parts["train"].get("loss", 0.0)

    def again(self) -> None:
        """The next frame is whole: for a page that has just come, or a run that has gone back."""
        self._measured = None
        self._curve.again()

    def restart(self) -> None:
        """The run has begun again: what was seen of it after its start is forgotten."""
        self._measured, self._first_loss = None, None
        self._curve.cut(self.run.position.step)

    def forked(self, run: PlayRun) -> Frames:
        """Frames of a run that goes on from this one: with the losses on the way to where it begins."""
        made = Frames(run, self.view)
        made._curve, made._first_loss = self._curve.until(run.position.step), self._first_loss
        return made

    def with_view(self, view: View) -> None:
        """Look in another way from now on."""
        self.view, self._maps = view, None

    def measure(self, force: bool = False) -> Measured:
        """Loss, measures and confusion of the weights as they are; of large data only now and then unless forced."""
        step, now = self.run.position.step, time.perf_counter()
        old = self._measured
        due = old is None or self._cost < SHARE_OF_MEASURING * max(now - self._when, self.view.chunk_seconds)
        if old is not None and not force and not due:
            return old
        parts = {part: _all_finite(self.run.measured(part)) for part in PARTS}
        self._measured = Measured(step, parts, confusion_of(self.run))
        self._when = time.perf_counter()
        self._cost = self._when - now
        if self.run.shown is None:
            self._curve.add(step, self._epochs(), {name: values.get("loss") for name, values in parts.items()})
        self._compare_with(parts["train"].get("loss"))
        return self._measured

    def _compare_with(self, loss: float | None) -> None:
        """A loss that rises is held against the start's, or against what a person's own change has made of it."""
        changed = (self.run.settings, self.run.remarks)
        if loss is not None and (self._first_loss is None or changed != self._changed):
            self._first_loss = max(loss, self._first_loss or loss)
        self._changed = changed

    def frame(self, name: str, force: bool = False) -> bytes:
        """A binary message with all that is shown of the run called so."""
        found = self.measure(force)
        (maps, decision), arrays = self._look()
        curve, whole = self._curve.take()
        header = {
            "kind": "frame", "run": name, **self._place(), **_numbers(found, self.run.prepared.task.measure),
            "penalty": self._penalty(), "warning": self._warning(found), "maps": maps, "decision": decision,
            "curve": curve, "curve_from_start": whole,
        }  # fmt: skip
        return pack(header, arrays)

    def _epochs(self) -> float:
        """Epochs done, with the part of the one under way."""
        now = self.run.position
        return now.epoch + now.progress.batch / self.run.run.trainer.batches

    def _place(self) -> dict[str, Any]:
        """Where the run is, and how fast."""
        run, now = self.run, time.perf_counter()
        began, first = self._speed
        step = run.position.step
        speed = (step - first) / max(now - began, 1e-6) if step > first else 0.0
        if now - began > 1 or step < first:
            self._speed = (now, step)
        return {
            "epoch": run.position.epoch, "step": step, "batch": run.position.progress.batch,
            "batches": run.run.trainer.batches, "example": run.position.taken,
            "learning_rate": run.settings.learning_rate, "steps_per_second": round(speed),
        }  # fmt: skip

    def _look(self) -> tuple[tuple[list[dict[str, Any]], dict[str, Any] | None], dict[str, Numpy]]:
        """What the header says of the maps, and all arrays."""
        run = self.run
        seen = run.viewed
        arrays = weights_of(seen)
        plane = self.plane
        if plane is None:
            return ([], None), arrays
        if self._maps is None:
            self._maps = Maps(seen, plane, self.view.map_size, self.view.decision_size)
        told, found = told_maps(self._maps(seen.params, seen.state))
        return told, {**arrays, **found}

    def _penalty(self) -> float:
        settings = self.run.settings
        return _finite(float(penalty(self.run.params, settings.l1, settings.l2)))

    def _warning(self, found: Measured) -> str:
        """What must be said about the rate."""
        loss, first = found.parts["train"].get("loss"), self._first_loss
        if loss is None or first is None or not loss > RISES * first:
            return ""
        return (
            f"the training loss is {loss:.3g}; it began at {first:.3g}. The learning rate "
            f"{self.run.settings.learning_rate:g} is too high: lower it, then start again"
        )


def weights_of(seen: Viewed) -> dict[str, Numpy]:
    """The weights of a network that is not too large, by their paths in its params."""
    return to_numpy(seen.params, "params") if seen.parameters <= MOST_WEIGHTS else {}


def told_maps(found: dict[str, Any]) -> tuple[tuple[list[dict[str, Any]], dict[str, Any] | None], dict[str, Numpy]]:
    """Maps as the header tells them, and their arrays."""
    arrays: dict[str, Numpy] = {f"map/{layer}": values for layer, (values, _, _) in found["maps"].items()}
    listed = [
        {"layer": layer, "low": [_finite(one) for one in low.tolist()], "high": [_finite(one) for one in high.tolist()]}
        for layer, (_, low, high) in found["maps"].items()
    ]
    decision = found["decision"]
    arrays |= {f"decision/{name}": one for name, one in decision.items() if one.ndim}
    if "class" in decision:
        return (listed, {"kind": "classes"}), arrays
    if "value" in decision:
        limits = {name: _finite(float(decision[name])) for name in ("low", "high")}
        return (listed, {"kind": "numbers", **limits}), arrays
    return (listed, None), arrays


def confusion_of(run: PlayRun) -> list[list[int]] | None:
    """Truth by answer on the test part; None of numbers, of very many classes, and without a test part."""
    task, rows = run.prepared.task, run.part("test")
    if not isinstance(task, Classification) or not len(rows) or task.outputs > MOST_CLASSES:
        return None
    guesses = run.outputs("test").argmax(axis=-1).astype(np.int32)
    found: list[list[int]] = confusion_matrix(guesses, run.prepared.targets[rows], task.outputs).tolist()
    return found


def _numbers(found: Measured, measure: str) -> dict[str, Any]:
    """Losses and errors by part; None where there is none."""

    def of(name: str) -> dict[str, float | None]:
        return {part: values.get(name) for part, values in found.parts.items()}

    return {
        "loss": of("loss"), "error": of(measure), "measure": measure, "measured_at_step": found.step,
        "confusion": found.confusion,
    }  # fmt: skip


def _all_finite(values: dict[str, float]) -> dict[str, float]:
    return {name: _finite(value) for name, value in values.items()}


def _finite(value: float) -> float:
    """A number that JSON can hold."""
    return value if math.isfinite(value) else math.copysign(3.4e38, value) if not math.isnan(value) else 0.0
