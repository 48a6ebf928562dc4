"""The code that is shown does the same: the program and the command save the model file that the page saves."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lamina.playground.play_run import PlayRun
from lamina.playground.sources import Sources
from lamina.playground.written_code import code_of
from tests.cli.program import lamina as command_line
from tests.playground.runs import SMALL, small

TABLE = "age,size,kind\n" + "".join(f"{i}.5,{i * i % 17}.25,{'ab'[i % 2]}\n" for i in range(60))


def run_python(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a program as a person would, in a folder."""
    monkeypatch.chdir(folder)
    exec(compile(code, "shown.py", "exec"), {"__name__": "__main__"})


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"l1": 0.001, "seed": 3},
        {"network": "", "features": ("x1", "x1*x2"), "loss": "hinge", "optimizer": "momentum"},
        {"data": "plane", "noise": 0.3, "data_seed": 5, "network": "4 relu, dropout 0.1"},
    ],
)
@pytest.mark.filterwarnings("ignore::lamina.errors.LaminaWarning")  # so small a model may be no better than guessing
def test_page_program_and_command_save_the_same_file(
    sources: Sources, change: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small(sources, **change)
    run.step("epoch", 2)
    page = run.model("best").save(tmp_path / "page.safetensors").read_bytes()
    code = code_of(run, sources)
    name = f"{run.prepared.dataset.name}.safetensors"
    run_python(code.python, tmp_path, monkeypatch)
    assert (tmp_path / name).read_bytes() == page
    (tmp_path / name).unlink()
    told = command_line(tmp_path, *shlex.split(code.command)[1:], "--no-log")
    assert told.status == 0, told.err
    assert (tmp_path / name).read_bytes() == page
    assert (code.files, code.note) == ((), "")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::lamina.errors.LaminaWarning")
def test_ones_own_file_is_read_by_its_name(sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources.upload("my table.csv", TABLE.encode())
    settings = replace(SMALL, data="upload 1", features=("age",), target="kind", network="4 relu")
    run = PlayRun(sources, settings)
    run.step("epoch")
    code = code_of(run, sources)
    assert code.files == ("my table.csv",)
    (tmp_path / "my table.csv").write_text(TABLE)
    run_python(code.python, tmp_path, monkeypatch)
    name = f"{run.prepared.dataset.name}.safetensors"
    by_program = (tmp_path / name).read_bytes()
    told = command_line(tmp_path, *shlex.split(code.command)[1:], "--no-log")
    assert told.status == 0, told.err
    assert (tmp_path / name).read_bytes() == by_program
    assert "--kinds size=drop" in code.command


def test_what_was_done_by_hand_is_said(sources: Sources) -> None:
    run = small(sources)
    run.edit("1/bias", [0], 1.0)
    run.change(replace(run.settings, batch_size=4))
    assert code_of(run, sources).note == (
        "what was done by hand is not in the code: a weight was set by hand after step 0; "
        "batch size changed after step 0"
    )


def test_names_that_a_shell_or_python_would_obey_are_quoted(sources: Sources) -> None:
    title = 'a"; rm -rf $HOME #`.csv'
    sources.upload(title, TABLE.encode())
    run = PlayRun(sources, replace(SMALL, data="upload 1", features=(), target="kind", network="4 relu"))
    code = code_of(run, sources)
    assert shlex.split(code.command)[2] == title
    assert title in compile(code.python, "shown.py", "exec").co_consts
    assert sys.version_info >= (3, 11)
