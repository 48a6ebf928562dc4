"""The study: where trials are kept, so that a search goes on after a stop, and on several machines at once."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lamina.errors import SettingError
from lamina.model.checkpoint import difference
from lamina.tuning.space import Choice, Range, Space
from lamina.tuning.storage import opened, reaching, url_of, without_password
from lamina.tuning.trials import COMPLETE, FAILED, PRUNED, Tried

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial, TrialState

HEADER = "lamina"
"""The attribute of a study that says of which data and space it is."""
DEFAULT = "default"
"""The attribute of the trial that is the default."""
CHANGED = {
    "fingerprint": "the data", "task": "what is predicted", "encoder": "how the data is prepared",
    "network": "the network",
}  # fmt: skip
"""Part of the header that no person can read -> what it is of."""
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

    optuna.logging.set_verbosity(logging.ERROR)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=max(1, int(WARM_UP * epochs)))
    where = without_password(storage)
    with reaching(f"the study {name!r} cannot be opened in {where}"):
        study = opened(url_of(storage), name, pruner)
        _require_same(study, header, where)
    return study


def ask(study: Study, space: Space, seed: int) -> Trial:
    """The next trial; what it tries depends on the seed, its number and the trials before it.

    Its number is its own, whoever else asks at the same time, so that no two processes draw the same point.
    """
    import optuna

    due = _default_is_due(study)
    with _without_warnings():
        trial = study.ask()
        sampler: BaseSampler = optuna.samplers.TPESampler(
            seed=seed + trial.number, n_startup_trials=STARTUP, constant_liar=True
        )
        if due:
            trial.set_user_attr(DEFAULT, True)
            sampler = optuna.samplers.PartialFixedSampler(dict(space.start), sampler)
        study.sampler = sampler
        for name, dimension in space.dimensions.items():
            _suggest(trial, name, dimension)
    return trial


def _default_is_due(study: Study) -> bool:
    """Whether the default is not in the study yet, or was not given its time."""
    tried = [trial for trial in study.get_trials(deepcopy=False) if trial.user_attrs.get(DEFAULT)]
    return all(trial.state.name == "PRUNED" and trial.user_attrs.get("why") for trial in tried)


def _suggest(trial: Trial, name: str, dimension: Range | Choice) -> None:
    """Let the study's sampler choose a value."""
    if isinstance(dimension, Choice):
        trial.suggest_categorical(name, dimension.values)
    elif dimension.whole:
        trial.suggest_int(name, int(dimension.low), int(dimension.high))
    else:
        trial.suggest_float(name, dimension.low, dimension.high, log=dimension.logarithmic, step=dimension.step)


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


def count_ended(study: Study) -> int:
    """How many trials have ended, whatever ended them; those of a process that was killed never do."""
    return sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))


def best_and_default(study: Study) -> tuple[FrozenTrial | None, FrozenTrial | None]:
    """Of the trials that came to their end, the best, and the default."""
    done = finished(study)
    return (done[0] if done else None), next((trial for trial in done if trial.user_attrs.get(DEFAULT)), None)


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


def _require_same(study: Study, header: Mapping[str, Any], where: str) -> None:
    """Raise a SettingError where the study is of something else; a new one is given its header."""
    known = study.user_attrs.get(HEADER)
    now = json.loads(json.dumps(header))
    if known is None and not study.get_trials(deepcopy=False) and study.direction.name == "MINIMIZE":
        study.set_user_attr(HEADER, now)
        return
    for name, value in now.items():
        if known is None or known.get(name) != value:
            why = "it was made by another program" if known is None else _changed(name, known.get(name), value)
            raise SettingError(
                f"the study {study.study_name!r} in {where} cannot be gone on with: {why}. Give the same source and "
                f"options, or another --study or --study-name"
            )


def _changed(name: str, before: Any, now: Any) -> str:
    """What is not as it was; of what is kept as a digest, that it has changed."""
    return f"{CHANGED[name]} has changed" if name in CHANGED else difference(name, before, now)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Optuna calls some of what is used here experimental; its users are told by this module's tests."""
    import warnings

    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
