"""The part of a report about answers that are no classes: numbers, forecasts, groups, new examples, texts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lamina.arrays import Numpy
from lamina.data.pairs import Pairs
from lamina.data.picture_encoder import PictureEncoder
from lamina.layers.self_organizing import SelfOrganizing
from lamina.model.generating import generative_part, sample
from lamina.model.model import Model
from lamina.model.writing import write
from lamina.plots.generated import DRAWN, map_picture, samples_picture
from lamina.plots.labels import label, picture_sheet
from lamina.plots.measured import Predicted, predictions_of
from lamina.plots.numbers import FEWEST, forecast_picture, last_forecast, predicted_picture
from lamina.plots.page import Section, code, embed, paragraph, table
from lamina.plots.seen import Seen, in_words
from lamina.tasks.base import flat
from lamina.tasks.forecasting import Forecasting
from lamina.tasks.generation import Generation
from lamina.tasks.language import Language
from lamina.tasks.reconstruction import Reconstruction

SHOWN = 12
WRITTEN = 400


def number_sections(seen: Seen) -> Iterator[Section]:
    """Predicted against true for each target that is a number, and the answers that are farthest off."""
    yield from (_predicted(seen, found) for found in predictions_of(seen))


def other_sections(seen: Seen) -> Iterator[Section]:
    """What fits tasks that answer neither with a class nor with one number."""
    if isinstance(seen.task, Forecasting) and len(seen.examples) > FEWEST:
        yield _forecast(seen)
    if isinstance(seen.task, Reconstruction):
        yield _farthest(seen)
    if isinstance(seen.examples.dataset.inputs, Pairs):
        yield _texts(seen, seen.examples.dataset.inputs)
    if _has_grid(seen.model):
        told = (
            "A neuron for each place of the grid; neighbors stand for what is alike. Light borders on the left part "
            "groups; the numbers count the examples that each neuron is the nearest to."
        )
        yield Section("The map", (embed(lambda dark: map_picture(seen.model, seen.examples.encoded, dark=dark), told),))


def drawn_sections(model: Model) -> Iterator[Section]:
    """What the model makes by itself, without a source: new pictures or rows, or a text."""
    if isinstance(model.task, Language):
        yield Section("What it writes", (code(write(model, "", WRITTEN)),))
    if not isinstance(model.task, Generation) or generative_part(model.network) is None or _has_grid(model):
        return
    drawn = sample(model, DRAWN if isinstance(model.encoder, PictureEncoder) else SHOWN)
    if isinstance(model.encoder, PictureEncoder):
        told = f"{DRAWN} new pictures, drawn with the seed 0 and not chosen."
        yield Section("What it draws", (embed(lambda dark: samples_picture(drawn, dark=dark), told),))
    elif hasattr(drawn, "columns"):
        rows = [[f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row] for row in drawn.values.tolist()]
        yield Section("What it draws", (paragraph(f"{SHOWN} new rows, not chosen."), table(list(drawn.columns), rows)))


def _predicted(seen: Seen, found: Predicted) -> Section:
    rows, truth, values, target = found.rows, found.truth, found.answers, found.target
    told = "Left: on the line an answer is right. Right: what is left over; a slope or a bend in it is unlearnt."
    figure = embed(lambda dark: predicted_picture(truth, values, target, dark=dark), told)
    worst = np.argsort(-np.abs(truth - values), kind="stable")[:SHOWN].tolist()
    names, inputs = seen.names, seen.examples.dataset.inputs
    cells = [
        (names[int(rows[place])], f"{values[place]:.6g}", f"{truth[place]:.6g}", in_words(inputs, int(rows[place])))
        for place in worst
    ]
    farthest = table(("farthest off", "answered", "true", "what it is"), cells, (1, 2))
    return Section(f"Predicted and true: {target}", (figure, farthest))


def _forecast(seen: Seen) -> Section:
    found = last_forecast(seen.model, seen.examples)
    told = (
        f"The last forecast of the test part. The band holds the middle 90 % of the errors that the other "
        f"{found.others:,} forecasts of the test part made at each step; it says nothing about what has never been."
    )
    parts = [embed(lambda dark: forecast_picture(found, dark=dark), told)]
    by_step = seen.evaluation.metrics.get("mean_absolute_error_by_step", [])
    rows = [(ahead, f"{value:.4g}") for ahead, value in enumerate(by_step[:24], 1)]
    return Section("A forecast", (*parts, table(("steps ahead", "mean absolute error"), rows, (0, 1))))


def _farthest(seen: Seen) -> Section:
    """The examples that are least like what was learnt."""
    distances = np.array([flat(one.value)[0] for one in seen.answers], np.float64)
    places = np.argsort(-distances, kind="stable")[:SHOWN]
    if isinstance(seen.model.encoder, PictureEncoder) and seen.pictures is not None:
        return _farthest_pictures(seen, seen.model.encoder, places[:6], distances)
    names, inputs = seen.names, seen.examples.dataset.inputs
    rows = [
        (names[row], f"{distances[row]:.4g}", seen.answers[row].remark, in_words(inputs, row))
        for row in places.tolist()
    ]
    return Section("What is least like the rest", (table(("example", "distance", "", "what it is"), rows, (1,)),))


def _farthest_pictures(seen: Seen, encoder: PictureEncoder, places: Numpy, distances: Numpy) -> Section:
    """Above the examples, below what the network gives back for them."""
    encoded = np.asarray(seen.examples.encoded[places])
    given = encoder.pictures_of(seen.model.outputs(encoded).reshape(encoded.shape))
    above = [*(f"distance {distances[place]:.3g}" for place in places.tolist()), *["given back"] * len(places)]
    names = [label(seen.names[place], 16) for place in places.tolist()]
    told = "The test examples that are farthest from what the network gives back for them, which stands below each."
    return Section(
        "What is least like the rest",
        (embed(lambda dark: picture_sheet([*encoded, *given], above, [*names, *names], dark=dark), told),),
    )


def _texts(seen: Seen, pairs: Pairs) -> Section:
    """The first answers beside what a person wrote."""
    rows = [
        (pairs.sources[row], str(seen.answers[row].value), pairs.targets[row])
        for row in range(min(SHOWN, len(seen.answers)))
    ]
    return Section("The first answers", (table(("given", "answered", "right"), rows),))


def _has_grid(model: Model) -> bool:
    return any(isinstance(layer, SelfOrganizing) for layer in getattr(model.network, "layers", (model.network,)))
