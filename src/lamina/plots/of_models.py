"""The figures of a model, each from the model and a source of examples whose answers are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from lamina.arrays import Numpy
from lamina.data.picture_encoder import PictureEncoder
from lamina.errors import DataError, SettingError
from lamina.explaining.answering import what_mattered
from lamina.explaining.noise import LEVELS
from lamina.model.examples import held_out_examples
from lamina.model.following import Followed, followed_path, load_followed
from lamina.model.generating import sample
from lamina.model.model import Model
from lamina.plots.generated import DRAWN, map_picture, samples_picture
from lamina.plots.inside import filters_picture, first_filters, first_maps, layers_picture, maps_picture
from lamina.plots.learnt import SUSPICIOUS, learnt_picture, suspicious_pictures
from lamina.plots.mattered import found_picture, importance_picture
from lamina.plots.measured import (
    importances_of,
    noise_of,
    points_of,
    predictions_of,
    regions_of,
    scores_of,
    suspicious_shown,
)
from lamina.plots.mistakes import confused_pictures, confusion_picture, mistakes_picture
from lamina.plots.numbers import forecast_picture, last_forecast, predicted_picture
from lamina.plots.places import points_picture, regions_picture
from lamina.plots.report_classes import Classes, classes_of
from lamina.plots.seen import Seen, look
from lamina.plots.trust import noise_picture, reliability_picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

T = TypeVar("T")


def confusion_figure(model: Model, source: Any, *, target: str | None = None, dark: bool = False) -> Figure:
    """How often each class was answered for each true one."""
    classes = _classes(model, source, "a confusion matrix", target)
    return confusion_picture(classes.truth, classes.guesses, classes.names, dark=dark)


def confused_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """The pictures that are taken for another class, the most frequent confusions first."""
    classes = _classes(model, source, "pictures of confusions")
    return confused_pictures(classes.truth, classes.guesses, classes.names, _pictures(classes), dark=dark)


def mistakes_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """The pictures of which the model is surest and wrong."""
    classes = _classes(model, source, "pictures of mistakes")
    names = [classes.seen.names[row] for row in classes.rows.tolist()]
    return mistakes_picture(classes.probabilities, classes.truth, classes.names, _pictures(classes), names, dark=dark)


def reliability_figure(model: Model, source: Any, *, target: str | None = None, dark: bool = False) -> Figure:
    """How often answers are right by the probability that they were given with."""
    classes = _classes(model, source, "the reliability of probabilities", target)
    return reliability_picture(classes.probabilities, classes.truth, dark=dark)


def filters_figure(model: Model, *, dark: bool = False) -> Figure:
    """The filters of the first layer, or its neurons' weights in the shape of the picture."""
    number, filters = first_filters(model)
    return filters_picture(filters, f"layer {number}", dark=dark)


def maps_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """What the first layer's filters make of the source's first picture."""
    if not isinstance(model.encoder, PictureEncoder):
        raise SettingError("feature maps are of pictures; this model takes none")
    encoded = np.asarray(held_out_examples(model, source).encoded[0])
    return maps_picture(encoded, first_maps(model, encoded), dark=dark)


def representation_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """How well a flat classifier does on what each layer gives."""
    seen = look(model, source)
    guess, scores = model.record.guess, scores_of(seen)
    return layers_picture(scores, None if guess is None else 1 - guess, dark=dark)


def points_figure(model: Model, source: Any, *, way: str = "pca", dark: bool = False) -> Figure:
    """The examples where the last layer before the answer puts them, in two dimensions, by their class or group."""
    found = points_of(model, held_out_examples(model, source), way)
    return points_picture(found.places, found.groups, found.axes, dark=dark)


def regions_figure(model: Model, source: Any, *, columns: str = "", dark: bool = False) -> Figure:
    """What a model of a table answers over two of its columns: those of these names, or the two that matter most."""
    names = tuple(name.strip() for name in columns.split(",") if name.strip())
    return regions_picture(regions_of(model, held_out_examples(model, source), names), dark=dark)


def columns_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """How much worse a model of a table becomes where a column is shuffled."""
    return importance_picture(importances_of(model, held_out_examples(model, source)), dark=dark)


def predicted_figure(model: Model, source: Any, *, target: str | None = None, dark: bool = False) -> Figure:
    """Predicted against true numbers, and what is left over; of several targets of the first, or of the one named."""
    found = {one.target: one for one in predictions_of(look(model, source))}
    if not found:
        raise SettingError(f"predicted against true is for numbers; this model predicts {model.task.describe()}")
    one = _chosen(found, target)
    return predicted_picture(one.truth, one.answers, one.target, dark=dark)


def forecast_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """The last forecast of a series that can be judged, with its spread."""
    return forecast_picture(last_forecast(model, held_out_examples(model, source)), dark=dark)


def map_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """A self-organizing map: how far its neurons are from their neighbors, and how many examples each wins."""
    return map_picture(model, held_out_examples(model, source).encoded, dark=dark)


def noise_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """The error against noise that is added to the input."""
    measured = noise_of(model, held_out_examples(model, source))
    return noise_picture(LEVELS, measured, model.task.measure, model.record.guess, dark=dark)


def samples_figure(model: Model, *, dark: bool = False) -> Figure:
    """New pictures that a model draws, not chosen."""
    return samples_picture(sample(model, DRAWN), dark=dark)


def learnt_figure(model: Model, *, dark: bool = False) -> Figure:
    """How many training examples were learnt early, late, never or forgotten, as `--follow` has kept it."""
    return learnt_picture(_followed(model), dark=dark)


def suspicious_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """The training examples whose loss stayed highest, as pictures, with the label that they have."""
    followed = _followed(model)
    inputs = held_out_examples(model, source).whole.inputs
    shown = suspicious_shown(model.encoder, inputs, followed, SUSPICIOUS)
    if shown is None:
        raise SettingError("suspicious labels are drawn of the training's own pictures or sounds: `lamina report` "
                           "tells them in words")  # fmt: skip
    return suspicious_pictures(followed, shown, dark=dark)


def mattered_figure(model: Model, file: Any, *, way: str = "integrated", dark: bool = False) -> Figure:
    """What in an example mattered for the model's answer."""
    given = Path(file) if isinstance(file, str) else file
    return found_picture(what_mattered(model, given, way), dark=dark)


def _followed(model: Model) -> Followed:
    """What `--follow` has kept beside a model's file."""
    path = None if model.path is None else followed_path(model.path)
    if path is None or not path.exists():
        where = f": there is no {path.name}" if path is not None else ", and this model is of no file"
        raise SettingError(f"how examples were learnt is kept beside a model's file by `lamina train --follow`{where}")
    found = load_followed(path)
    if found.fingerprint != model.record.fingerprint:
        raise DataError(f"{path} tells of other data than the model's: train with --follow again")
    return found


def _classes(model: Model, source: Any, what: str, target: str | None = None) -> Classes:
    """The answers for the model's target of classes, or for the one of several that is asked for."""
    found = {one.task.target: one for one in classes_of(look(model, source))}
    if not found:
        raise SettingError(f"{what} needs a model of classes; this one predicts {model.task.describe()}")
    return _chosen(found, target)


def _chosen(found: Mapping[str, T], target: str | None) -> T:
    """What was found for the target of this name, or for the first one."""
    if target is not None and target not in found:
        raise SettingError(f"the model predicts {', '.join(found)}; got target={target!r}")
    return found[target] if target is not None else next(iter(found.values()))


def _pictures(classes: Classes) -> Callable[[Numpy], list[Numpy]]:
    """The examples behind places among the answers."""
    seen: Seen = classes.seen
    if seen.pictures is None:
        raise SettingError("this model takes neither pictures nor sounds: ask for the confusion matrix alone")
    shown = seen.pictures
    return lambda places: shown(classes.rows[places])
