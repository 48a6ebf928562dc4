"""The part of a report that looks inside: filters, layers, points, noise, what mattered, how examples were learnt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lamina.data.encoders import Encoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.errors import DataError, ExplanationError, SettingError
from lamina.explaining.answering import mattered_in
from lamina.explaining.columns import encoded_columns
from lamina.explaining.noise import LEVELS, takes_words_alone
from lamina.layers.combining import Sequential
from lamina.layers.convolution import Conv2D
from lamina.model.following import Followed, called
from lamina.plots.inside import filters_picture, first_filters, first_maps, layers_picture, maps_picture
from lamina.plots.learnt import SUSPICIOUS, learnt_picture, suspicious_pictures
from lamina.plots.mattered import found_picture, importance_picture
from lamina.plots.measured import (
    has_groups,
    importances_of,
    noise_of,
    points_of,
    regions_of,
    scores_of,
    suspicious_shown,
    two_that_matter,
)
from lamina.plots.page import Section, embed, heading, paragraph, table
from lamina.plots.places import points_picture, regions_picture
from lamina.plots.report_classes import classes_of
from lamina.plots.seen import Seen, in_words
from lamina.plots.trust import noise_picture
from lamina.tasks.classification import Classification
from lamina.tasks.regression import Regression


def inside_sections(seen: Seen) -> Iterator[Section]:
    """All that looks inside a model and fits it."""
    groups = (
        ("What mattered", (*_columns(seen), *_one_example(seen))),
        ("What the first layer sees", tuple(_filters(seen))),
        ("The representation that grows", (*_layers(seen), *_points(seen))),
        ("How much noise it bears", tuple(_noise(seen))),
        ("How the examples were learnt", tuple(_learnt(seen, seen.followed) if seen.followed is not None else ())),
    )
    yield from (Section(title, parts) for title, parts in groups if parts)


def _columns(seen: Seen) -> Iterator[str]:
    """Of a table with one target: which columns it uses, and its answers over the first two of them."""
    if not encoded_columns(seen.model.encoder) or not isinstance(seen.task, Classification | Regression):
        return
    if len(seen.examples) < 2:  # nothing to be shuffled with
        return
    found = importances_of(seen.model, seen.examples)
    yield embed(lambda dark: importance_picture(found, dark=dark), found.caution)
    two = two_that_matter(seen.model, found)
    if len(two) == 2:
        over = regions_of(seen.model, seen.examples, tuple(two))
        told = "What the model answers over the two columns of numbers that matter most; the points are examples."
        if len(set(over.answers)) > 1:
            yield embed(lambda dark: regions_picture(over, dark=dark), told)


def _one_example(seen: Seen) -> Iterator[str]:
    """Of pictures, sounds and texts: what mattered in the surest mistake, or in the first example if all is right."""
    model, classes = seen.model, classes_of(seen)
    if not _is_looked_into(model.encoder) or len(classes) != 1 or seen.task is not model.task:
        return
    mistakes = classes[0].mistakes
    row = classes[0].example(int(mistakes[0])) if len(mistakes) else 0
    try:
        found = mattered_in(model, seen.names[row], np.asarray(seen.examples.encoded[row]))
    except (ExplanationError, SettingError) as error:
        yield paragraph(f"{error}.", "quiet")
        return
    which, answer = "The surest mistake" if len(mistakes) else "The first example", seen.answers[row]
    told = (
        f"{which}, {seen.names[row]}: what speaks for the answer {answer} and what against it. {found.mattered.caution}"
    )
    yield embed(lambda dark: found_picture(replace(found, title=""), dark=dark), told)


def _is_looked_into(encoder: Encoder) -> bool:
    """Whether a person sees in one example what mattered: in a picture, a sound, or the words of a text."""
    reads = isinstance(encoder, TableEncoder) and bool(encoder.texts) and not encoder.pictures
    return reads or isinstance(encoder, PictureEncoder | SoundEncoder | TextEncoder)


def _filters(seen: Seen) -> Iterator[str]:
    layers = getattr(seen.model.network, "layers", ())
    kinds = [type(layer).__name__ for layer in layers[:2]]
    if not isinstance(seen.model.encoder, PictureEncoder) or (
        kinds[:1] != ["Conv2D"] and kinds != ["Flatten", "Dense"]
    ):
        return
    number, filters = first_filters(seen.model)
    what = "filters" if kinds[0] == "Conv2D" else "neurons' weights, in the shape of the picture"
    told = f"The {what} of layer {number}, {layers[number - 1]!r}."
    yield embed(lambda dark: filters_picture(filters, dark=dark), told)
    if isinstance(layers[number - 1], Conv2D):
        encoded = np.asarray(seen.examples.encoded[0])
        maps = first_maps(seen.model, encoded)
        told = f"What these filters make of {seen.names[0]}, after the activation."
        yield embed(lambda dark: maps_picture(encoded, maps, dark=dark), told)


def _layers(seen: Seen) -> Iterator[str]:
    """How well a flat classifier does on each layer, where training examples are known."""
    training = seen.training
    if training is None or not isinstance(seen.task, Classification) or not _in_layers(seen):
        return
    if len(set(training.targets.tolist())) < 2:  # few or sorted examples may all be of one class
        return
    scores = scores_of(seen)
    guess = seen.model.record.guess
    told = (
        f"A logistic regression on the input, and on what each layer makes of it, fitted on {len(training):,} training "
        "examples and judged on test examples. Where it rises, a layer has made the classes easier to tell apart; in "
        "brackets how many numbers a layer gives."
    )
    yield embed(lambda dark: layers_picture(scores, None if guess is None else 1 - guess, dark=dark), told)


def _points(seen: Seen) -> Iterator[str]:
    """The examples in the last representation before the answer, by class or group."""
    if not has_groups(seen.model, seen.examples) or not _in_layers(seen):
        return
    try:
        found = points_of(seen.model, seen.examples)
    except DataError:  # two directions of two examples, or of one number, tell nothing
        return
    told = (
        "Each example where the last layer before the answer puts it, in the two directions in which they differ most."
    )
    yield embed(lambda dark: points_picture(found.places, found.groups, found.axes, dark=dark), told)


def _noise(seen: Seen) -> Iterator[str]:
    model = seen.model
    numbers = isinstance(model.encoder, PictureEncoder | SoundEncoder) or bool(encoded_columns(model.encoder))
    if not numbers or takes_words_alone(model.encoder) or not isinstance(seen.task, Classification | Regression):
        return
    measured = noise_of(model, seen.examples)
    told = "Noise is added to what the network sees; at 1 it is as strong as what the inputs themselves vary."
    guess = model.record.guess
    yield embed(lambda dark: noise_picture(LEVELS, measured, model.task.measure, guess, dark=dark), told)


def _learnt(seen: Seen, followed: Followed) -> Iterator[str]:
    """Which examples were learnt when, and those whose labels are to be looked at first."""
    told = (
        "Every training example after every epoch. Learnt early or late: from when on it stayed right; forgotten: "
        "right once, wrong in the end; never learnt: never right."
    )
    yield embed(lambda dark: learnt_picture(followed, dark=dark), told)
    yield heading("Suspicious labels first")
    inputs = seen.examples.whole.inputs
    shown = suspicious_shown(seen.model.encoder, inputs, followed, SUSPICIOUS)
    if shown is not None:
        told = "The training examples whose loss stayed highest, with the label that they have: are they right?"
        yield embed(lambda dark: suspicious_pictures(followed, shown, SUSPICIOUS, dark=dark), told)
        return
    rows = {called(inputs, row): row for row in range(len(inputs))}
    yield paragraph("The training examples whose loss stayed highest, with the target that they have: are they right?")
    cells = []
    for place in followed.suspicious[:SUSPICIOUS].tolist():
        name, loss = followed.names[place], f"{followed.suspicion[place]:.3g}"
        what = in_words(inputs, rows[name]) if name in rows else ""
        cells.append((name, followed.targets[place], loss, str(followed.kinds[place]), what))
    yield table(("example", "target", "mean loss", "", "what it is"), cells, (2,))


def _in_layers(seen: Seen) -> bool:
    return isinstance(seen.model.network, Sequential)
