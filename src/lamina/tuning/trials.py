"""One trial: a network trained from a point of the space, given up where the trials before it were better by then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lamina.errors import NonFiniteError, SettingError, ShapeError
from lamina.model.preparation import Prepared
from lamina.model.run import Run
from lamina.training.records import Progress
from lamina.training.settings import Settings
from lamina.training.step import Data
from lamina.training.together import Together, go_together
from lamina.tuning.space import Point, Range, Space

if TYPE_CHECKING:
    from optuna.trial import Trial

COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"
BESIDE = (1 / 3, 3.0)
"""What the rate is multiplied with for the networks of the same shape that are trained in the same program."""


@dataclass(frozen=True)
class Tried:
    """What a trial came to.

    Args:
        point: what was tried.
        state: complete, pruned or failed.
        loss: the lowest validation loss; None where no epoch has ended.
        epochs: that were done.
        seconds: that it took; of networks that were trained together the share of each.
        why: what made it fail, or what stopped it.
        prepared, progress: with which the model is made.
        together: how many networks were trained in one program.
    """

    point: Point
    state: str
    loss: float | None
    epochs: int
    seconds: float
    why: str = ""
    prepared: Prepared | None = None
    progress: Progress | None = None
    together: int = 1

    @property
    def told(self) -> dict[str, Any]:
        """What the study keeps beside the point and the loss."""
        return {"seconds": self.seconds, "epochs": self.epochs, "why": self.why, "together": self.together}


def try_point(trial: Trial, space: Space, prepared: Prepared, enough: Callable[[], str]) -> list[Tried]:
    """Train what a trial asks for; of a small dense network several rates at once, the trial's own first.

    Args:
        trial: is told the loss after each epoch, and says whether to go on.
        space: its space.
        prepared: data and parts.
        enough: asked after each chunk; why to stop, "" to go on.
    """
    began = time.perf_counter()
    try:
        own = space.at(prepared, trial.params)
        run = Run(own, shared=True)
    except (SettingError, ShapeError) as error:
        return [Tried(trial.params, FAILED, None, 0, time.perf_counter() - began, str(error))]
    if "learning_rate" not in space.dimensions or not goes_together(run):
        return [_alone(trial, run, enough, began)]
    points = [{**trial.params, "learning_rate": rate} for rate in rates_beside(space, trial.params)]
    return list(_together(trial, run, points, enough, began))


def goes_together(run: Run) -> bool:
    """Whether several of these networks are one program: small dense ones whose examples are on the device."""
    prepared = run.prepared
    rows = len(prepared.encoder.input_shape) == 1 and isinstance(run.trainer.training, Data)
    alone = prepared.beginning is None and prepared.settings.devices == 1 and not prepared.settings.record_layers
    return rows and alone and go_together(prepared.network, run.trainer.seen_shape)


def rates_beside(space: Space, point: Point) -> list[float]:
    """The point's rate, and those beside it that lie in the space."""
    dimension, own = space.dimensions["learning_rate"], float(point["learning_rate"])
    within = [isinstance(dimension, Range) and dimension.low <= own * factor <= dimension.high for factor in BESIDE]
    return [own, *(own * factor for factor, fits in zip(BESIDE, within, strict=True) if fits)]


def _alone(trial: Trial, run: Run, enough: Callable[[], str], began: float) -> Tried:
    state, why = COMPLETE, ""
    try:
        for before, after in run.chunks():
            why = enough()
            if why:
                run.stop(why)
                state = PRUNED
            elif after.epochs_done > before.epochs_done and _is_hopeless(trial, after):
                run.stop(PRUNED)
                state = PRUNED
    except NonFiniteError as error:
        state, why = FAILED, str(error)
    return tried(trial.params, run, run.progress, state, time.perf_counter() - began, why)


def _together(
    trial: Trial, run: Run, points: Sequence[Point], enough: Callable[[], str], began: float
) -> Iterator[Tried]:
    """The trial goes on while the best of them does; the study is told of each."""
    settings = [replace(run.prepared.settings, learning_rate=point["learning_rate"]) for point in points]
    together = Together(run.trainer, settings)
    places, state, why = together.start(), COMPLETE, ""
    while together.running(places) and state == COMPLETE:
        places = together.advance(places)
        why = enough()
        best = min((own for own in places.each), key=lambda own: own.best.loss if own.best else float("inf"))
        if why or _is_hopeless(trial, best):
            state = PRUNED
    seconds = (time.perf_counter() - began) / len(points)
    for number, (point, own) in enumerate(zip(points, settings, strict=True)):
        lost = number in places.lost
        ended, said = (FAILED, "the loss became NaN or infinite") if lost else (state, why)
        found = tried(point, _with(run, own), places.each[number], ended, seconds, said)
        yield replace(found, together=len(points))


def tried(point: Point, run: Run, progress: Progress, state: str, seconds: float, why: str = "") -> Tried:
    """What a run came to, which did all its epochs unless the state says otherwise."""
    loss = None if progress.best is None else progress.best.loss
    state = FAILED if loss is None and state == COMPLETE else state
    return Tried(dict(point), state, loss, progress.epochs_done, seconds, why, run.prepared, progress)


def _with(run: Run, settings: Settings) -> Run:
    made = run.at(run.progress)
    made.prepared = replace(run.prepared, settings=settings)
    return made


def _is_hopeless(trial: Trial, progress: Progress) -> bool:
    """Whether the trials before were better after as many epochs, as the study's pruner judges."""
    if progress.best is not None:
        trial.report(progress.best.loss, progress.epochs_done)
    return bool(trial.should_prune())
