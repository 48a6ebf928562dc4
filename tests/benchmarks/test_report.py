"""The writer of RESULTS.md: tables that line up, sections that replace their own predecessor only."""

from __future__ import annotations

import os

import pytest

from benchmarks import report

HEAD = "# Results\n\nSome words.\n"
FIRST, SECOND = "## One\n\nfirst\n", "## Two\n\nsecond\n"


def test_a_table_lines_up() -> None:
    assert report.table(("name", "s"), [("a", "1.00"), ("longer", 2)]).split("\n") == [
        "| name   |    s |",
        "| :----- | ---: |",
        "| a      | 1.00 |",
        "| longer |    2 |",
    ]


def test_a_new_section_comes_last() -> None:
    assert report.with_section(f"{HEAD}\n{FIRST}", "Two", SECOND) == f"{HEAD}\n{FIRST}\n{SECOND}"


def test_a_section_replaces_the_one_with_its_title_and_no_other() -> None:
    document = f"{HEAD}\n{FIRST}\n{SECOND}"
    new = "## One\n\nnewer\n\n### 1.1\n\nmore\n"
    written = report.with_section(document, "One", new)
    assert written == f"{HEAD}\n{new}\n{SECOND}"
    assert report.with_section(written, "One", FIRST) == document


def test_writing_a_section_twice_changes_nothing() -> None:
    once = report.with_section(HEAD, "One", FIRST)
    assert report.with_section(once, "One", FIRST) == once


def test_the_versions_name_what_is_installed_and_the_machine() -> None:
    text = report.versions()
    assert text.startswith("Python 3.")
    assert "lamina 0." in text
    assert "cores" in text


def test_the_command_line_can_be_typed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/somewhere/benchmarks/startup.py", "--rounds", "2", "--write"])
    assert report.command_line() == "python -m benchmarks.startup --rounds 2"
    monkeypatch.setattr("sys.argv", ["/somewhere/benchmarks/steps/__main__.py", "--write"])
    assert report.command_line() == "python -m benchmarks.steps"
    monkeypatch.setattr("sys.argv", ["/somewhere/benchmarks/packaging.py", "--folder", "/of/one/machine/sizes"])
    assert report.command_line() == "python -m benchmarks.packaging --folder sizes"


@pytest.mark.skipif(not hasattr(os, "getloadavg"), reason="the system does not tell its load")
def test_a_busy_machine_writes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (3.0, 3.0, 3.0))
    report.wait_until_quiet(write=False)
    assert "not comparable" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="nothing is written"):
        report.wait_until_quiet(write=True, patience_seconds=0.0)
    monkeypatch.setattr("os.getloadavg", lambda: (0.1, 3.0, 3.0))
    report.wait_until_quiet(write=True, patience_seconds=0.0)
    assert "busy" not in capsys.readouterr().out.split("not comparable")[-1]
