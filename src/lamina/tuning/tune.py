"""`tune`: better settings and a better network for this data, within a time, chosen by the validation part alone."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.data.reading import READING_OPTIONS
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.model.learning import read_with
from lamina.model.model import Model
from lamina.model.preparation import Choices, Prepared, prepare
from lamina.recipes import to_json
from lamina.tuning.search import Search
from lamina.tuning.space import Space, space_for
from lamina.tuning.study import described, open_study, require_optuna
from lamina.tuning.text import lines_of

if TYPE_CHECKING:
    from optuna.study import Study

SECONDS = 600.0
"""How long a search takes, where nobody says."""
IN_MEMORY = "sqlite:///:memory:"


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Args:
        model: of the best trial, evaluated on the test part.
        study: Optuna's, with every trial.
        importances: how much of the difference between trials each setting explains, the largest first.
        lines: all of it in words.
    """

    model: Model
    study: Study
    importances: dict[str, float]
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def tune(source: Any, network: Layer | str | None = None, **options: Any) -> Tuned:
    """Search for better settings, and a better network, than the defaults.

    Trials are pruned where others were better after as many epochs. What is chosen is the lowest validation loss of
    those that came to their end; the test part is looked at once, for the model that is returned.

    Args:
        source: as for `lamina.train`.
        network: layers or a design's name, whose settings alone are searched; None searches its size too.
        options: seconds (600 where nothing is said, None for no limit), trials (so many are enough), study (a file, or
            a URL as Optuna takes them: several processes or machines share one; in memory where not given),
            study_name, and those of `lamina.train`: target, task, epochs, seed, optimizer ...

    Raises:
        DataError: a source that cannot be read, or has no validation part.
        SettingError: settings that are not possible, a study of other data, Optuna is not installed.

    Example:
        >>> import lamina
        >>> found = lamina.tune("iris", epochs=3, trials=2)
        >>> found.model.task.classes
        ('setosa', 'versicolor', 'virginica')
    """
    search = start(source, network, **options)
    for _ in search:
        pass
    return Tuned(search.model, search.study, search.importances(), tuple(lines_of(search)))


def start(
    source: Any,
    network: Layer | str | None = None,
    *,
    seconds: float | None = SECONDS,
    trials: int | None = None,
    study: str | Path | None = None,
    study_name: str | None = None,
    loss: str | None = None,
    **settings: Any,
) -> Search:
    """A search that is ready to run: iterate over it for its trials. Takes what `tune` takes."""
    began = time.perf_counter()
    require_optuna()
    if trials is not None and (type(trials) is not int or trials < 1):
        raise SettingError(f"trials must be a whole number of 1 or more; got {trials!r}")
    if trials is None and seconds is None:
        raise SettingError("a search needs an end: give seconds, or how many trials are enough")
    reading = {name: settings.pop(name) for name in sorted(settings.keys() & READING_OPTIONS)}
    dataset = read_with(source, reading)
    prepared = prepare(dataset, Choices(network, settings, loss))
    require_tunable(prepared)
    space = without(space_for(prepared, network is not None), settings)
    storage = IN_MEMORY if study is None else str(study)
    opened = open_study(storage, study_name or dataset.name, header_of(prepared, space), prepared.settings.epochs)
    return Search(prepared, space, opened, None if seconds is None else began + seconds, trials)


def require_tunable(prepared: Prepared) -> None:
    """Raise a SettingError where no validation loss says which network is better."""
    if not prepared.task.ranks:
        raise SettingError(
            f"tuning chooses by the validation loss, which does not rank networks that predict "
            f"{prepared.task.describe()}: take lamina train"
        )
    if not len(prepared.split.validation):
        raise SettingError(
            f"tuning chooses by the validation part; {prepared.dataset.name} is too small for one: take lamina train"
        )


def without(space: Space, settings: dict[str, Any]) -> Space:
    """The space without what the user has settled."""
    left = {name: dimension for name, dimension in space.dimensions.items() if name not in settings}
    start = {name: value for name, value in space.start.items() if name in left}
    return replace(space, dimensions=left, start=start)


def header_of(prepared: Prepared, space: Space) -> dict[str, Any]:
    """What must be the same for a study to go on; long descriptions as their digest."""
    return {
        "fingerprint": prepared.dataset.fingerprint,
        "split": prepared.split.description,
        "settings": to_json(prepared.settings),
        "task": _digest(to_json(prepared.task)),
        "encoder": _digest(to_json(prepared.encoder)),
        "network": _digest(to_json(prepared.network)),
        "space": described(space),
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
