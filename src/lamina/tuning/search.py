"""The search: trials until the time is over, and the model of the best."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lamina.errors import SettingError
from lamina.model.model import Model
from lamina.model.preparation import Prepared
from lamina.model.run import FINISH_SECONDS, Run
from lamina.tuning.space import Space
from lamina.tuning.storage import reaching
from lamina.tuning.study import add_finished, ask, count_ended, finished, importances, state_of
from lamina.tuning.trials import COMPLETE, Tried, try_point

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial

TIME_IS_OVER = "the time is over"


class Search:
    """Trials one after another; iterate over it for what each came to, then take `model`.

    Args:
        prepared: data and parts, with the default network and settings.
        space: what is tried.
        study: keeps the trials.
        deadline: the time.perf_counter() at which the model must be there; None for no limit.
        trials: so many are enough, those of the study that have ended already included; None for no limit.

    Raises:
        SettingError: while iterating, where the study cannot be reached any more.
    """

    def __init__(
        self, prepared: Prepared, space: Space, study: Study, deadline: float | None, trials: int | None
    ) -> None:
        self.prepared, self.space, self.study = prepared, space, study
        self.deadline, self.trials = deadline, trials
        self.known = len(study.get_trials(deepcopy=False))
        self.tried: list[Tried] = []
        self.stopped = ""
        self._reserved = self._reserve()
        self._model: Model | None = None

    def __iter__(self) -> Iterator[Tried]:
        """What the trials came to; of a small dense network those of several rates come together."""
        lost = f"the study {self.study.study_name!r} cannot be reached any more"
        with reaching(f"{lost}; where it is back, the same command goes on after the trials that have ended"):
            while not self.enough():
                self._reserved = self._reserve()
                trial = ask(self.study, self.space, self.prepared.settings.seed)
                own, *beside = try_point(trial, self.space, self.prepared, self._must_end)
                self._tell(trial, own)
                for one in beside:
                    add_finished(self.study, self.space, one)
                for one in (own, *beside):
                    self._keep(one)
                    yield one

    def stop(self, reason: str) -> None:
        """End the search after the chunk under way."""
        self.stopped = reason

    def enough(self) -> bool:
        """Whether no further trial is begun."""
        return bool(self._must_end()) or (self.trials is not None and count_ended(self.study) >= self.trials)

    @property
    def best_here(self) -> Tried | None:
        """The one with the lowest validation loss of those that were trained in this process; one that was given up
        counts where none came to its end."""
        found = [one for one in self.tried if one.loss is not None]
        found = [one for one in found if one.state == COMPLETE] or found
        return min(found, key=lambda one: one.loss or 0.0, default=None)

    @property
    def model(self) -> Model:
        """The model with the lowest validation loss of the study; its test part is looked at here for the first time.

        Raises:
            SettingError: no trial has come as far as the end of an epoch.
        """
        if self._model is None:
            self._model = self._best_run().model
        return self._model

    @property
    def best_elsewhere(self) -> FrozenTrial | None:
        """The study's best trial where it was not trained in this process, which has no weights of it."""
        known, here = finished(self.study), self.best_here
        if not known or (here is not None and here.loss is not None and here.loss <= (known[0].value or 0.0)):
            return None
        return known[0]

    def importances(self) -> dict[str, float]:
        """How much of the difference between trials each setting explains."""
        return importances(self.study)

    def _best_run(self) -> Run:
        """The best run; one of an earlier process or of another machine is trained again, as far as time allows."""
        elsewhere, here = self.best_elsewhere, self.best_here
        again = None if elsewhere is None else self._again(elsewhere)
        if again is not None and (here is None or not again.stopped or _is_better(again, here)):
            return again
        if here is None or here.prepared is None or here.progress is None:
            raise SettingError("no trial has come as far as the end of an epoch: give more time")
        return Run(self._noted(here.prepared)).at(here.progress)

    def _again(self, trial: FrozenTrial) -> Run:
        """A trial that was trained elsewhere."""
        run = Run(self._noted(self.space.at(self.prepared, trial.params)))
        for _ in run.chunks():
            if self.deadline is not None and time.perf_counter() + FINISH_SECONDS > self.deadline:
                run.stop(TIME_IS_OVER)
        done, all_epochs = run.progress.epochs_done, run.prepared.settings.epochs
        if run.stopped and done < all_epochs:
            note = f"the best trial was trained again for {done} of its {all_epochs} epochs, then {TIME_IS_OVER}"
            run.prepared = replace(run.prepared, notes=(*run.prepared.notes, note))
        return run

    def _noted(self, prepared: Prepared) -> Prepared:
        count = len(self.study.get_trials(deepcopy=False))
        note = (
            f"network and settings are the best of {count:,} trials by the validation part; the test part was looked "
            f"at once, afterwards"
        )
        return replace(prepared, notes=(*prepared.notes, note))

    def _tell(self, trial: Trial, one: Tried) -> None:
        """Let the study know what its trial came to."""
        for name, value in one.told.items():
            trial.set_user_attr(name, value)
        self.study.tell(trial, one.loss if one.state == COMPLETE else None, state=state_of(one))

    def _keep(self, one: Tried) -> None:
        """Remember a trial; the weights of the best one alone."""
        self.tried.append(one)
        best = self.best_here
        self.tried = [own if own is best else replace(own, prepared=None, progress=None) for own in self.tried]

    def _must_end(self) -> str:
        """Why the search is over, or ""."""
        if self.stopped or self.deadline is None:
            return self.stopped
        return TIME_IS_OVER if time.perf_counter() + self._reserved > self.deadline else ""

    def _reserve(self) -> float:
        """Seconds to keep for the model; the best trial of another process must be trained again."""
        elsewhere = self.best_elsewhere
        told = {} if elsewhere is None else elsewhere.user_attrs
        return FINISH_SECONDS + float(told.get("seconds", 0.0)) * int(told.get("together", 1))


def _is_better(run: Run, tried: Tried) -> bool:
    """Whether a run has come to a lower validation loss than a trial."""
    best = run.progress.best
    return best is not None and (tried.loss is None or best.loss < tried.loss)
