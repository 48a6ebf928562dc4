"""A model file opened on the page: its settings are found again, and its data, so that it can be trained on."""

from __future__ import annotations

import re
from typing import Any

from lamina.data.points import is_points, points_of
from lamina.data.table_encoder import TableEncoder
from lamina.errors import DataError, SettingError
from lamina.model.model import Model
from lamina.networks.written import NO_LAYERS, words_of
from lamina.playground.play_run import PlayRun
from lamina.playground.settings import LEARNING, PageSettings
from lamina.playground.sources import Sources
from lamina.playground.still import StillModel
from lamina.tasks.classification import Classification
from lamina.tasks.regression import Regression

SPLIT = re.compile(r"(\d+)/(\d+), seed")


def opened(sources: Sources, model: Model) -> PlayRun | StillModel:
    """A run that goes on from a model; where that is not possible, the model to be looked at, with the reason."""
    try:
        return run_of(sources, model)
    except (DataError, SettingError) as error:
        return StillModel(model, str(error))


def run_of(sources: Sources, model: Model) -> PlayRun:
    """A run that goes on from a model.

    Raises:
        DataError: its data is not at hand; names it.
        SettingError: a model that the page cannot go on with; says why.
    """
    run = PlayRun(sources, settings_for(sources, model))
    if run.prepared.dataset.fingerprint != model.record.fingerprint:
        raise DataError(f"{model.record.source} is not the data that the model was trained on: open that first")
    run.begin_with(model)
    return run


def settings_for(sources: Sources, model: Model) -> PageSettings:
    """The settings with which a model was trained.

    Raises:
        DataError: its data is not at hand.
        SettingError: a network that the page has no words for, or a rate that changed on the way.
    """
    words = words_of(model.network, model.encoder.input_shape, model.task.outputs)
    if words is None:
        raise SettingError(
            "the page has no words for this model's network; go on with it by `lamina train --from`, or look into it "
            "by `lamina explain` and `lamina report`"
        )
    record = model.record
    said = {name: getattr(record.settings, name) for name in LEARNING if name != "learning_rate"}
    found = SPLIT.search(record.split)
    share = {} if found is None else {"train_percent": min(90, max(10, int(found[1])))}
    asked = {"target": model.task.target} if isinstance(model.encoder, TableEncoder) else {}
    fields = {**_data_of(sources, record.source, words), **said, **share, **asked, "loss": _loss_of(model)}
    return PageSettings(**fields, learning_rate=record.settings.rate)


def _loss_of(model: Model) -> str:
    """The loss, "" for the usual one."""
    usual = {Classification: Classification.loss, Regression: Regression.loss}.get(type(model.task), "")
    loss = str(getattr(model.task, "loss", ""))
    return "" if loss == usual else loss


def _data_of(sources: Sources, source: str, words: str) -> dict[str, Any]:
    """The settings that name the data and the network over it."""
    if is_points(source):
        name, examples, noise, seed = points_of(source)
        features, _, rest = words.partition(",")
        if not features.startswith("features "):
            raise SettingError("over points the page's networks begin with features; this model's does not")
        chosen = tuple(features.split()[1:])
        drawn = {"data": name, "examples": examples, "noise": noise, "data_seed": seed}
        return {**drawn, "features": chosen, "network": rest.strip()}
    known = [one for one in sources.listed() if one.kind == "data" and source in (one.name, one.stem)]
    if not known:
        raise DataError(f"the model was trained on {source}: open that data first, then the model")
    return {"data": known[-1].name, "features": (), "network": "" if words == NO_LAYERS else words}
