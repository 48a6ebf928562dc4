"""The bar before training: on a terminal, after a second, and gone at the end."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich import get_console

from lamina.cli import progress
from lamina.cli.progress import reading_bar
from lamina.data.column_kinds import guess_kinds
from lamina.data.table_reading import read_table_file
from lamina.data.watching import tell, watched


class Terminal(io.StringIO):
    """Takes what is printed, and says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, output: io.StringIO, patience: float) -> str:
    get_console()  # the one that all share may have been made where the output was no terminal
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", patience)
    monkeypatch.setenv("TERM", "xterm")
    with reading_bar():
        for done in (64, 128, 200):
            tell("reading pictures", done, 200)
    return output.getvalue()


def test_the_bar_says_what_is_done_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told = shown(monkeypatch, Terminal(), -1.0)
    assert "reading pictures" in told
    assert "64 of 200" in told


def test_what_is_over_soon_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "reading" not in shown(monkeypatch, Terminal(), 60.0)


def test_nothing_is_shown_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO(), -1.0) == ""


def test_a_table_says_how_far_its_reading_is(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("code,size,kind\n" + "".join(f"0{row},{row}.5,{'ab'[row % 2]}\n" for row in range(20)))
    told: list[tuple[str, int, int]] = []
    with watched(lambda *words: told.append(words)):
        guess_kinds(read_table_file(path).table)
    assert told == [
        *(("reading the table, step", step, 5) for step in range(6)),
        *(("looking at columns", done, 3) for done in range(4)),
    ]
