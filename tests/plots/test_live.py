"""A training loop in a notebook: the cell's drawing is replaced in its place, and nothing hangs where it is left."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import lamina
from lamina import Dense
from lamina.errors import SettingError
from lamina.plots import live as live_module
from lamina.training.records import Progress


class Handle:
    """Stands for the handle of a notebook's display."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def update(self, shown: Any) -> None:
        self.pages.append(shown._repr_html_())


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Handle:
    """IPython as a notebook has it, as far as it is used here."""
    handle = Handle()
    core, shell, display = (
        ModuleType("IPython.core"),
        ModuleType("IPython.core.getipython"),
        ModuleType("IPython.display"),
    )

    def show(shown: Any, *, display_id: bool) -> Handle:
        assert display_id
        handle.update(shown)
        return handle

    shell.get_ipython = lambda: SimpleNamespace(kernel=object())
    display.display = show
    package = ModuleType("IPython")
    for name, module in {"IPython": package, "IPython.core": core, "IPython.core.getipython": shell,
                         "IPython.display": display}.items():  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(live_module, "SECONDS_APART", 0.0)
    return handle


def test_every_epoch_is_drawn(notebook: Handle) -> None:
    run = lamina.train("iris", Dense(3), epochs=3, seed=1)
    assert [epoch.number for epoch in lamina.live(run)] == [1, 2, 3]
    assert "no epochs yet" in notebook.pages[0]
    assert all(f"epoch {number} " in page for number, page in enumerate(notebook.pages[1:4], 1))
    assert "<svg" in notebook.pages[-1]


def test_quick_epochs_are_drawn_together_and_the_last_one_always(
    notebook: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "SECONDS_APART", 3600.0)
    for _ in lamina.live(lamina.train("iris", Dense(3), epochs=4, seed=1)):
        pass
    assert len(notebook.pages) == 2
    assert "epoch 4 " in notebook.pages[-1]


def test_a_loop_that_is_left_shows_where_it_was_and_can_go_on(notebook: Handle) -> None:
    run = lamina.train("iris", Dense(3), epochs=4, seed=1)
    for epoch in lamina.live(run):
        if epoch.number == 2:
            break
    assert "epoch 2 " in notebook.pages[-1]
    assert run.model.record.epochs[-1].number == 2
    assert [epoch.number for epoch in lamina.live(run)] == [3, 4]


def test_the_notebooks_stop_goes_through(notebook: Handle, monkeypatch: pytest.MonkeyPatch) -> None:
    run = lamina.train("iris", Dense(3), epochs=4, seed=1)
    advance = run.trainer.advance

    def stopped_in_the_second_epoch(progress: Progress) -> Progress:
        if progress.epochs_done == 1:
            raise KeyboardInterrupt
        return advance(progress)

    monkeypatch.setattr(run.trainer, "advance", stopped_in_the_second_epoch)
    with pytest.raises(KeyboardInterrupt):
        list(lamina.live(run))
    assert "epoch 1 " in notebook.pages[-1]


@pytest.mark.parametrize("shell", [None, SimpleNamespace(get_ipython=lambda: None),
                                   SimpleNamespace(get_ipython=SimpleNamespace)])  # fmt: skip
def test_outside_of_a_notebook_it_says_so_at_once(
    notebook: Handle, shell: SimpleNamespace | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without IPython, with IPython imported by a program, in a terminal's shell."""
    monkeypatch.setitem(sys.modules, "IPython.core.getipython", shell)
    with pytest.raises(SettingError, match=r"lamina.live draws in a notebook \(Jupyter\), and this is none"):
        lamina.live(lamina.train("iris", Dense(3), epochs=1))
