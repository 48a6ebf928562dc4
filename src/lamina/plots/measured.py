"""What the figures of a model show, from the model and examples: alone and in the report it is the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.data.encoders import Encoder
from lamina.data.inputs import Inputs
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.errors import DataError, SettingError
from lamina.explaining.columns import encoded_columns
from lamina.explaining.noise import error_under_noise
from lamina.explaining.permutation import Importances, column_importances
from lamina.explaining.representation import MOST_NUMBERS, LayerScore, layer_outputs, layer_scores
from lamina.model.examples import Examples
from lamina.model.following import Followed, called
from lamina.model.model import Model
from lamina.plots.mistakes import PicturesAt
from lamina.plots.places import Regions, regions, two_dimensions
from lamina.plots.seen import Seen, pictures_of
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Value, flat
from lamina.tasks.classification import Classification
from lamina.tasks.clustering import Clustering
from lamina.tasks.regression import Regression
from lamina.tasks.several import Several, known_rows
from lamina.tasks.similarity import Similarity

MOST_POINTS, MOST_LOOKED = 1_500, 1_000
"""So many examples are points of a figure, or are looked at where each costs much."""


@dataclass(frozen=True, eq=False)
class Points:
    """Examples in two dimensions.

    Args:
        places: (examples, 2).
        groups: of each example the class or the group; "" where there is none.
        axes: what they are.
    """

    places: Numpy
    groups: list[str]
    axes: tuple[str, str]


@dataclass(frozen=True, eq=False)
class Predicted:
    """The answers for one target that is a number, beside the truth.

    Args:
        target: its name.
        rows: of the examples whose truth is known.
        truth, answers: (rows,).
    """

    target: str
    rows: Numpy
    truth: Numpy
    answers: Numpy


def points_of(model: Model, examples: Examples, way: str = "pca") -> Points:
    """The examples in the last representation before the answer; where the outputs are one themselves, in those.

    Raises:
        SettingError: a network of one piece, an unknown way.
        DataError: fewer than three examples, or a representation of one number.
    """
    some = examples.evenly(MOST_POINTS)
    found = list(layer_outputs(model, some.encoded, MOST_NUMBERS).values())
    whole = isinstance(model.task, Similarity | Clustering)
    places, axes = two_dimensions(found[-1] if whole or len(found) < 3 else found[-2], way)
    if isinstance(model.task, Clustering):
        return Points(places, [str(answer.value) for answer in model.answers(some.encoded)], axes)
    groups = some.targets.tolist() if has_groups(model, some) else [""] * len(some)
    return Points(places, groups, axes)


def has_groups(model: Model, examples: Examples) -> bool:
    """Whether examples are of one class or group each."""
    targets = examples.targets
    return isinstance(model.task, Clustering) or (targets.ndim == 1 and targets.dtype.kind in "US")


def importances_of(model: Model, examples: Examples) -> Importances:
    """How much each column of a table matters."""
    return column_importances(model, examples.evenly(MOST_LOOKED))


def two_that_matter(model: Model, found: Importances) -> list[str]:
    """The names of the two columns of numbers that matter most, or of the one that there is."""
    numbers = {column.name for column in encoded_columns(model.encoder) if column.scale}
    return [one.column for one in found.columns if one.column in numbers][:2]


def regions_of(model: Model, examples: Examples, columns: tuple[str, ...] = ()) -> Regions:
    """What a model of a table answers over two of its columns; without names over the two that matter most.

    Raises:
        SettingError: a model that predicts neither a class nor a number, no two columns of numbers.
    """
    task = model.task.task if isinstance(model.task, Averaging) else model.task
    if not isinstance(task, Classification | Regression):
        raise SettingError(f"regions are drawn of a class or a number; this model predicts {task.describe()}")
    some = examples.evenly(MOST_LOOKED)
    if not columns and encoded_columns(model.encoder):
        columns = tuple(two_that_matter(model, importances_of(model, some)))
    return regions(model, some, columns)


def noise_of(model: Model, examples: Examples) -> Numpy:
    """(levels, rounds) the measure under each of LEVELS of noise."""
    return error_under_noise(model, examples.evenly(MOST_LOOKED))


def scores_of(seen: Seen) -> list[LayerScore]:
    """How well a flat classifier does on what each layer gives.

    Raises:
        SettingError: a source that does not hold the training examples, and as `layer_scores`.
    """
    if seen.training is None:
        raise SettingError(
            f"a flat classifier learns from training examples; {seen.examples.whole.name} does not hold the model's own"
        )
    return layer_scores(seen.model, seen.training, seen.examples.evenly(MOST_LOOKED))


def predictions_of(seen: Seen) -> list[Predicted]:
    """The answers and the truth for each target that is a number.

    Raises:
        DataError: a target of which no example is known.
    """
    task, targets = seen.task, seen.examples.targets
    if isinstance(task, Regression):
        return [_predicted(seen, task.target, [answer.value for answer in seen.answers], targets)]
    if not isinstance(task, Several):
        return []
    numbers = [one.target for one in task.tasks if not hasattr(one, "classes")]
    return [
        _predicted(seen, name, [answer.by_target[name].value for answer in seen.answers], targets[name])
        for name in numbers
    ]


def suspicious_shown(encoder: Encoder, inputs: Inputs, followed: Followed, count: int) -> PicturesAt | None:
    """The most suspicious examples as pictures; None where they are none, or the inputs do not hold all of them."""
    if not isinstance(encoder, PictureEncoder | SoundEncoder):
        return None
    rows = {called(inputs, row): row for row in range(len(inputs))}
    names = [followed.names[place] for place in followed.suspicious[:count].tolist()]
    if not all(name in rows for name in names):
        return None
    encoded, _, _ = encoder.encode(inputs.subset(np.array([rows[name] for name in names])))
    shown = pictures_of(encoder, encoded)
    if shown is None or len(encoded) != len(names):
        return None
    return lambda places: shown(np.arange(len(names)))


def _predicted(seen: Seen, target: str, values: list[Value], truth: Numpy) -> Predicted:
    rows = np.flatnonzero(known_rows(truth))
    if not len(rows):
        raise DataError(f"{seen.examples.dataset.name} has no {target} to compare answers with")
    answers = np.array([flat(value)[0] for value in values], np.float64)
    return Predicted(target, rows, np.asarray(truth[rows], np.float64), answers[rows])
