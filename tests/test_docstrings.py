"""What is public explains itself: every example in a docstring or a document runs and gives what it says."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import lamina
from lamina.layers.base import Layer
from lamina.training.losses import LOSSES
from lamina.training.schedules import SCHEDULES

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

WITHOUT_EXAMPLE = {"Layer", "PureLayer", "Variable", "Prediction", "recipe", "__version__"}
"""Names that are met only through others: what to inherit, what comes back, what decorates."""

LONG = {
    *(f"lamina.model.{name}" for name in ("playing", "learning", "writing", "generating", "going_on")),
    *(f"lamina.estimators.{name}" for name in ("classifier", "clusterer", "regressor", "transformer")),
    "lamina.training.augmentation", "lamina.training.similarity", "lamina.plots.report_tuned",
}  # fmt: skip
"""Modules whose examples train or compile for seconds."""


def modules() -> list[str]:
    found = pkgutil.walk_packages(lamina.__path__, "lamina.")
    return ["lamina", *(module.name for module in found if not module.name.endswith("__main__"))]


def public_names() -> list[str]:
    """What a user calls: the names of the package, and the losses and schedules that settings name."""
    names = [name for name in lamina.__all__ if name not in WITHOUT_EXAMPLE]
    return [*names, *(f"loss {name}" for name in LOSSES), *(f"schedule {name}" for name in SCHEDULES)]


def public_thing(name: str) -> Any:
    kind, _, called = name.rpartition(" ")
    return {"loss": LOSSES, "schedule": SCHEDULES}[kind][called] if kind else getattr(lamina, name)


def run(examples: doctest.DocTest) -> str:
    """Run one docstring's examples; what went wrong, in doctest's words."""
    report: list[str] = []
    doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(examples, out=report.append)
    return "".join(report)


def examples_of(module: ModuleType) -> list[doctest.DocTest]:
    return [found for found in doctest.DocTestFinder().find(module) if found.examples]


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in modules()])
def test_examples_in_docstrings_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an example that saves a model leaves nothing behind
    assert "".join(map(run, examples_of(importlib.import_module(name)))) == ""


@pytest.mark.slow
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_examples_in_documents_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not path.exists():
        pytest.fail(f"{path.relative_to(ROOT)} is missing")
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8").replace("```", "")  # a fence is no part of the expected output
    assert run(doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), 0)) == ""


def test_a_wrong_example_is_seen() -> None:
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert "Expected:" in run(wrong)


@pytest.mark.parametrize("name", lamina.__all__)
def test_every_public_name_says_what_it_is(name: str) -> None:
    if name == "__version__":
        return
    thing = getattr(lamina, name)
    text = thing.__doc__ or ""
    first = text.strip().split("\n")[0]
    assert first.endswith((".", ":")), f"{name} needs a first line that is a sentence; it has {first!r}"
    generated = dataclasses.is_dataclass(thing) and text.startswith(f"{name}(")
    assert not generated, f"{name} has the docstring that dataclass made up"


@pytest.mark.parametrize("name", public_names())
def test_what_a_user_calls_has_an_example(name: str) -> None:
    thing = public_thing(name)
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return
    text = inspect.getdoc(thing) or ""
    assert "Example:" in text, f"{name} needs a docstring with an Example"
    assert ">>> " in text, f"{name} needs an Example that can be run"


@pytest.mark.parametrize("name", lamina.__all__)
def test_every_layer_tells_its_shapes(name: str) -> None:
    thing = getattr(lamina, name)
    if not (inspect.isclass(thing) and issubclass(thing, Layer)) or inspect.isabstract(thing):
        return
    assert "Shapes:" in (inspect.getdoc(thing) or ""), f"{name} needs Shapes in its docstring"
