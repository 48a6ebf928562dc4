"""The study: where trials are kept, so that a search goes on after a stop, and on several machines at once."""

from __future__ import annotations

import importlib.util
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lamina.errors import SettingError
from lamina.model.checkpoint import difference
from lamina.tuning.space import Choice, Range, Space
from lamina.tuning.trials import COMPLETE, FAILED, PRUNED, Tried

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.pruners import BasePruner
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial, TrialState

WAITS = (0.1, 0.3, 1.0, 3.0)
"""Seconds between two tries to open a storage that another process is making."""
HEADER = "lamina"
"""The attribute of a study that says of which data and space it is."""
STARTUP = 8
"""So many trials are drawn at random, and none is pruned, before there is something to learn from."""
WARM_UP = 0.2
"""The share of the epochs after which a trial may be pruned."""


def require_optuna() -> None:
    """Raise a SettingError that says how to install what is missing."""
    if importlib.util.find_spec("optuna") is None:
        raise SettingError('tuning needs the package optuna, which is not installed: pip install "lamina[tune]"')


def open_study(storage: str, name: str, header: Mapping[str, Any], epochs: int) -> Study:
    """The study of this name, made where it does not exist; several processes may have it open.

    Args:
        storage: a path of an SQLite file, or a URL as Optuna takes them.
        name: of the study in its storage.
        header: what it is of: data, parts, task, encoder, space.
        epochs: of a trial.

    Raises:
        SettingError: a storage that cannot be opened, a study of other data or settings.
    """
    require_optuna()
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(logging.ERROR)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=max(1, int(WARM_UP * epochs)))
    try:
        study = _opened(url_of(storage), name, pruner)
        _require_same(study, header, storage)
    except (SQLAlchemyError, ImportError, optuna.exceptions.OptunaError) as error:
        raise SettingError(f"the study {name!r} cannot be opened in {storage}: {_first_line(error)}") from error
    return study


def _opened(url: str, name: str, pruner: BasePruner) -> Study:
    """Several processes may come at once to a storage that has no tables yet: one makes them, the others come again."""
    import optuna
    from sqlalchemy.exc import IntegrityError, SQLAlchemyError

    def once() -> Study:
        return optuna.create_study(
            storage=url, study_name=name, direction="minimize", pruner=pruner, load_if_exists=True
        )

    for wait in WAITS:
        try:
            return once()
        except IntegrityError:
            pass  # the other one has just written the same row
        except SQLAlchemyError as error:
            if "already exists" not in str(error) and "locked" not in str(error):
                raise
        time.sleep(wait)
    return once()


def url_of(storage: str) -> str:
    """The URL of a storage; a path is an SQLite file.

    Example:
        >>> url_of("digits.study.db"), url_of("postgresql://host/studies")
        ('sqlite:///digits.study.db', 'postgresql://host/studies')
    """
    return storage if "://" in storage else f"sqlite:///{storage}"


def ask(study: Study, space: Space, seed: int) -> Trial:
    """The next trial; what it tries depends on the seed and on the trials before it."""
    import optuna

    known = len(study.get_trials(deepcopy=False))
    with _without_warnings():
        study.sampler = optuna.samplers.TPESampler(seed=seed + known, n_startup_trials=STARTUP, constant_liar=True)
        if not known:
            study.enqueue_trial(dict(space.start), skip_if_exists=True)
        return study.ask(distributions(space))


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The dimensions of a space, as Optuna takes them."""
    return {name: _distribution(dimension) for name, dimension in space.dimensions.items()}


def described(space: Space) -> dict[str, str]:
    """The dimensions in words, by which a study knows that it is of the same space."""
    return {name: repr(dimension) for name, dimension in space.dimensions.items()}


def add_finished(study: Study, space: Space, one: Tried) -> None:
    """Put a trial into the study that was trained beside another one."""
    import optuna

    known = {} if one.loss is None else {one.epochs: one.loss}
    study.add_trial(
        optuna.trial.create_trial(
            state=state_of(one), params=dict(one.point), distributions=distributions(space), user_attrs=one.told,
            value=one.loss if one.state == COMPLETE else None, intermediate_values=known,
        )
    )  # fmt: skip


def state_of(one: Tried) -> TrialState:
    """What a trial came to, in Optuna's words."""
    from optuna.trial import TrialState

    return {COMPLETE: TrialState.COMPLETE, PRUNED: TrialState.PRUNED, FAILED: TrialState.FAIL}[one.state]


def finished(study: Study) -> list[FrozenTrial]:
    """The trials that came to their end, the best first."""
    from optuna.trial import TrialState

    found = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return sorted(found, key=lambda trial: (trial.value, trial.number))


def best_and_default(study: Study) -> tuple[FrozenTrial | None, FrozenTrial | None]:
    """Of the trials that came to their end, the best, and the first of the study, which is the default."""
    done = finished(study)
    return (done[0] if done else None), next((trial for trial in done if trial.number == 0), None)


def importances(study: Study) -> dict[str, float]:
    """How much of the difference between trials each setting explains, the largest first; {} where too few are done.

    Source:
        Watanabe, Bansal and Hutter, PED-ANOVA (2023).
    """
    import optuna

    if len(finished(study)) < STARTUP:
        return {}
    with _without_warnings():
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))


def _distribution(dimension: Range | Choice) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Choice):
        return CategoricalDistribution(dimension.values)
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high))
    return FloatDistribution(dimension.low, dimension.high, log=dimension.logarithmic, step=dimension.step)


def _require_same(study: Study, header: Mapping[str, Any], storage: str) -> None:
    """Raise a SettingError where the study is of something else; a new one is given its header."""
    known = study.user_attrs.get(HEADER)
    now = json.loads(json.dumps(header))
    if known is None:
        study.set_user_attr(HEADER, now)
        return
    for name, value in now.items():
        if known.get(name) != value:
            why = "the data has changed" if name == "fingerprint" else difference(name, known.get(name), value)
            raise SettingError(
                f"the study {study.study_name!r} in {storage} cannot be gone on with: {why}. Give the same source and "
                f"options, or another --study"
            )


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Optuna calls some of what is used here experimental; its users are told by this module's tests."""
    import warnings

    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
