"""Curves within a page: well-formed, self-contained, and at the right places."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest

import lamina
from lamina.explaining.explanation import explain_network
from lamina.plots.page import code
from lamina.training.notebook import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, history_html, panel, text_html
from lamina.training.records import Epoch, Measure
from tests.trained import iris

SVG = "{http://www.w3.org/2000/svg}"


def ran(losses: list[float], name: str = "loss", validation: bool = False) -> list[Epoch]:
    return [
        Epoch(number, (Measure(name, loss),), (Measure(name, 2 * loss),) if validation else (), 0.1)
        for number, loss in enumerate(losses, 1)
    ]


def points(drawn: ElementTree.Element, number: int = 0) -> np.ndarray:
    line = drawn.findall(f"{SVG}polyline")[number]
    return np.array([[float(one) for one in pair.split(",")] for pair in line.attrib["points"].split()])


def test_the_points_stand_in_proportion() -> None:
    drawn = ElementTree.fromstring(panel("loss", ran([4.0, 3.0, 1.0])))
    found = points(drawn)
    assert found[0, 0] == LEFT
    assert np.diff(found[:, 0]) == pytest.approx((WIDTH - 12 - LEFT) / 2, abs=0.1)
    falls = np.diff(found[:, 1])
    assert falls[1] / falls[0] == pytest.approx(2.0, abs=0.01)
    assert TOP < found[0, 1] < found[-1, 1] < HEIGHT - BOTTOM


def test_texts_hold_nothing_that_a_page_obeys() -> None:
    assert text_html("<b>\u202ea\x1b\n$x$") == '<pre style="overflow-x:auto">&lt;b&gt;\\u202ea\\x1b\n$x$</pre>'
    told = explain_network(lamina.Linear(1), {"weight": [[1.0]], "bias": [0.0]}, [1.0])
    evil = replace(told, title="<script>\u202e")
    assert evil._repr_html_() == text_html(str(evil))
    assert code("a\n<b>") == text_html("a\n<b>")


def test_training_and_validation_differ_without_color() -> None:
    drawn = ElementTree.fromstring(panel("loss", ran([4.0, 3.0], validation=True)))
    assert [line.attrib.get("stroke-dasharray", "") for line in drawn.findall(f"{SVG}polyline")] == ["", "5 3"]
    texts = [text.text for text in drawn.findall(f"{SVG}text")]
    assert {"loss", "training", "validation", "epoch", "8.0000", "3.0000", "1", "2"} == set(texts)


def test_names_are_escaped_and_nothing_is_fetched() -> None:
    page = history_html(ran([1.0], name="<script>alert(1)</script>"))
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("losses", [[2.0], [2.0, 2.0], [float("nan"), 2.0], np.linspace(1, 2, 5_000).tolist()])
def test_runs_of_any_length_and_with_gaps(losses: list[float]) -> None:
    drawn = ElementTree.fromstring(panel("loss", ran(losses)))
    assert np.isfinite(points(drawn)).all()
    assert len(points(drawn)) <= 401


def test_a_history_without_epochs() -> None:
    assert "no epochs yet" in history_html([])


def test_a_model_shows_its_summary_and_its_run() -> None:
    model = iris()
    page = model._repr_html_()
    assert "predicts" in page
    assert page.count("<svg") == 2
    assert f"weights of epoch {model.record.best_epoch}" in page
    assert f"test  loss {model.record.results[0].value:.4f}" in page
    assert model.record._repr_html_() in page
