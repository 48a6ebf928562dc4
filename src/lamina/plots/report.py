"""The report: one page that tells how good a model is, on what it rests, where it errs and what it looks at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lamina.errors import DataError
from lamina.model.following import Followed, followed_path, load_followed
from lamina.model.model import Model
from lamina.plots.page import Section, bullets, embed, heading, page, paragraph, require_page, save_page
from lamina.plots.report_classes import class_sections
from lamina.plots.report_inside import inside_sections
from lamina.plots.report_numbers import drawn_sections, number_sections, other_sections
from lamina.plots.report_predict import predict_section
from lamina.plots.report_words import (
    data_section,
    headline,
    network_section,
    notes_of,
    other_data,
    settings_table,
    subtitle,
    versions_section,
)
from lamina.plots.runs import run_figure
from lamina.plots.seen import Seen, look


def report(
    model: Model,
    source: Any = None,
    path: str | Path = "report.html",
    *,
    followed: Followed | str | Path | None = None,
    **reading: Any,
) -> Path:
    """Write one page about a model that stands alone: figures, tables and sentences, light, dark and printed.

    Args:
        model: a trained model.
        source: examples with their answers, such as the data of the training, of which the test part is taken; without
            one the page tells what the model itself knows.
        path: the page, .html.
        followed: what `lamina.follow` gave, or its file; without it the file beside the model's, where there is one.
        reading: how the source is read, as for `Model.evaluate`.

    Raises:
        SettingError: a path that is no .html.
        DataError: a source that cannot be read, or of another kind than the model's.
        SaveError: the page cannot be written; a folder that is not there is told before anything is read.

    Example:
        >>> import lamina
        >>> lamina.report(lamina.fit("iris", "mlp", epochs=1), path="iris.html").name
        'iris.html'
    """
    path = Path(path)
    require_page(path)
    kept, notes = _followed(model, followed)
    seen = None if source is None else look(model, source, kept, **reading)
    top = [paragraph(subtitle(model), "quiet"), paragraph(headline(model, seen), "answer")]
    if seen is not None and not seen.own_data:
        top.append(paragraph(other_data(seen)))
    top.append(bullets([*notes, *notes_of(model, seen)]))
    text = page(f"How good is this model of {model.record.source}?", top, list(_sections(model, seen)))
    return save_page(path, text)


def _sections(model: Model, seen: Seen | None) -> Iterator[Section]:
    if seen is not None:
        yield from class_sections(seen)
        yield from number_sections(seen)
        yield from other_sections(seen)
    yield from drawn_sections(model)
    if seen is not None:
        yield from inside_sections(seen)
    yield _training(model)
    yield network_section(model)
    yield data_section(model, seen)
    yield predict_section(model)
    yield versions_section(model)


def _training(model: Model) -> Section:
    """The curve of the run, and its settings."""
    record, parts = model.record, []
    if record.epochs:
        told = f"{len(record.epochs):,} epochs; the weights are those of epoch {record.best_epoch}."
        parts.append(embed(lambda dark: run_figure(model, dark=dark), told))
    return Section("The training", (*parts, heading("Settings"), settings_table(model)))


def _followed(model: Model, given: Followed | str | Path | None) -> tuple[Followed | None, list[str]]:
    """What is known of the training examples; a file that is not of this model's data is left out, and that is said."""
    beside = followed_path(model.path) if model.path is not None else None
    if given is None and (beside is None or not beside.exists()):
        return None, []
    found = given if isinstance(given, Followed) else load_followed(Path(given or str(beside)))
    if found.fingerprint == model.record.fingerprint:
        return found, []
    if given is not None:
        raise DataError("the examples that were followed are of other data than the model's: leave them out")
    return None, [f"{beside} tells of other data than the model's; it is left out"]
