"""lamina report and lamina train --follow."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.program import error_of, lamina


@pytest.mark.slow
def test_without_a_source(models: Path, tmp_path: Path) -> None:
    outcome = lamina(models, "report", "iris.safetensors", "-o", tmp_path / "iris.html")
    assert outcome.status == 0, outcome
    assert re.search(r"^saved  .*iris\.html   \(\d+ KiB\)$", outcome.out, re.MULTILINE)
    text = (tmp_path / "iris.html").read_text(encoding="utf-8")
    assert "Of 30 examples that it never saw while training" in text
    assert "lamina predict iris.safetensors new.csv" in text


@pytest.mark.slow
def test_followed_and_reported(tmp_path: Path) -> None:
    words = ("train", "digits", "--layers", "16 relu", "--epochs", "4", "--follow", "--no-log")
    outcome = lamina(tmp_path, *words)
    assert outcome.status == 0, outcome
    assert re.search(r"of 1,295 training examples [\d,]+ learnt early", outcome.out)
    assert "saved  digits.followed.jsonl" in outcome.out
    lines = (tmp_path / "digits.followed.jsonl").read_text().splitlines()
    assert len(lines) == 1296
    assert json.loads(lines[0])["epochs"] == [1, 2, 3, 4]
    outcome = lamina(tmp_path, "report", "digits.safetensors", "digits")
    assert outcome.status == 0, outcome
    text = (tmp_path / "digits-report.html").read_text(encoding="utf-8")
    assert "How the examples were learnt" in text
    assert "with the label that they have: are they right?" in text


def test_what_is_refused(models: Path, tmp_path: Path) -> None:
    for words, complaint in (
        (["-o", "x.pdf"], "a report is written as .html or .htm; got 'x.pdf'"),
        (["-o", str(tmp_path / "nowhere" / "x.html")], "a report is written into a folder that exists"),
        (["diabetes", "-o", str(tmp_path / "x.html")], "got 10 columns"),
        (["--followed", str(tmp_path / "x.jsonl"), "-o", str(tmp_path / "x.html")], "cannot be read"),
    ):
        assert complaint in error_of(lamina(models, "report", "iris.safetensors", *words))
    assert not list(tmp_path.glob("*.html"))
