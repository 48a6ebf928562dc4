"""The playground made ready: with points, with data that was named, or with a model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lamina.data.points import is_points, points_of
from lamina.model.model import Model
from lamina.playground.opening import opened
from lamina.playground.outbox import Outbox
from lamina.playground.play_run import PlayRun
from lamina.playground.server import Playground
from lamina.playground.session import Session
from lamina.playground.settings import PageSettings, changed
from lamina.playground.sources import Sources
from lamina.playground.still import StillModel
from lamina.playground.usual import usual_settings
from lamina.web.limits import Limits

UPLOADS = Limits(body_bytes=64 * 1024**2, body_seconds=60.0)
"""A person's own files come from this machine: they may be larger than a stranger's requests."""


@contextlib.contextmanager
def prepared_playground(source: str | None, model: Model | None, folder: Path) -> Iterator[Playground]:
    """A playground that begins with a model, with data, or with points; its uploads go when it ends.

    Args:
        source: data, or the file of the model; None for points.
        model: that is opened.
        folder: where models are saved.

    Raises:
        DataError, SettingError, ShapeError: what cannot be learnt from.
    """
    with Sources() as sources, ThreadPoolExecutor(1, "asking") as asking:
        run = first_run(sources, source, model)
        yield Playground(Session(sources, Outbox(), folder, asking, UPLOADS.body_bytes, run), sources, UPLOADS)


def first_run(sources: Sources, source: str | None, model: Model | None) -> PlayRun | StillModel:
    """The run that the page begins with."""
    if model is not None:
        return opened(sources, model)
    if source is None:
        return PlayRun(sources, PageSettings())
    if is_points(source):
        name, examples, noise, seed = points_of(source)
        return PlayRun(sources, PageSettings(data=name, examples=examples, noise=noise, data_seed=seed))
    name = sources.add(source).name
    return PlayRun(sources, changed(PageSettings(), usual_settings(sources, name)))
