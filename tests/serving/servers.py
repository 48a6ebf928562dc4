"""Servers of small trained models, on a port of this machine while a test runs."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import lamina
from lamina import Model
from lamina.serving.app import OPEN_PATHS, app_for
from lamina.serving.models import Models
from lamina.web.access import Access, hosts_for
from lamina.web.limits import Limits
from tests import trained
from tests.web.live import Answer, Live, live, until


@functools.cache
def texts() -> Model:
    """Short texts, two classes."""
    made = [f"{word} film {number}" for number in range(30) for word in ("good", "bad")]
    return trained.quietly((made, ["good", "bad"] * 30), epochs=3, seed=1)


@functools.cache
def series() -> Model:
    """Twelve steps ahead of a wave with dates."""
    import pandas

    dates = pandas.date_range("2015-01-01", periods=120, freq="MS").strftime("%Y-%m-%d")
    sales = 50 + 20 * np.sin(2 * np.pi * np.arange(120) / 12)
    frame = pandas.DataFrame({"month": dates, "sales": sales})
    return trained.quietly(frame, target="sales", horizon=3, window=12, epochs=2, seed=1)


MODELS = {**trained.MODELS_AND_TABLES, "groups": trained.groups, "texts": texts, "series": series}


def saved(folder: Path, *names: str) -> dict[str, Path]:
    """Models as files, by their names."""
    return {name: MODELS[name]().save(folder / f"{name}.safetensors") for name in names}


@contextlib.contextmanager
def serving(
    *names: str, limits: Limits | None = None, token: str | None = None, log: list[str] | None = None
) -> Iterator[tuple[Live, Models]]:
    """A server that is ready, and its models."""
    limits = limits or Limits()
    with tempfile.TemporaryDirectory() as folder:
        said = [] if log is None else log
        models = Models(saved(Path(folder), *names), limits, said.append)
        app = app_for(models, Access(hosts_for("127.0.0.1"), token, OPEN_PATHS))
        with live(app, limits, on_refusal=app.refused) as server:
            until(lambda: models.ready)
            yield server, models
            models.stop()


def infer(
    server: Live, model: str, *inputs: Mapping[str, Any], headers: Mapping[str, str] | None = None, **more: Any
) -> Answer:
    """Ask for the answers to tensors."""
    return server.ask("POST", f"/v2/models/{model}/infer", {"inputs": list(inputs), **more}, headers)


def tensor(name: str, datatype: str, values: Any) -> dict[str, Any]:
    """An array as JSON."""
    array = np.asarray(values)
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "data": array.reshape(-1).tolist()}


def outputs(answer: Answer) -> dict[str, Any]:
    """The tensors of an answer as nested lists, by their names."""
    assert answer.status == 200, answer.body
    return {one["name"]: np.array(one["data"]).reshape(one["shape"]).tolist() for one in answer.json["outputs"]}


def digit(number: int = 0) -> Any:
    """Pictures of digits."""
    return lamina.read("digits").inputs.pixels[number]
