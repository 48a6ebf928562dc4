"""Files of every format version so far load, prove themselves, and give the answers that they gave when written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lamina import Model
from lamina.model.container import FORMAT_VERSION
from tests.model.golden.record import HERE, asked

FILES = sorted(HERE.glob("version-*.safetensors"))


def test_every_version_has_its_files() -> None:
    wanted = {f"version-{v}-{name}" for v in range(1, FORMAT_VERSION + 1) for name in ("pictures", "rows")}
    assert {path.stem for path in FILES} == wanted


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_old_file_gives_its_answers(path: Path) -> None:
    """32."""
    answers = Model.load(path).predict(asked(path.stem.rsplit("-", 1)[1]))
    recorded = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert len(answers) == len(recorded)
    for answer, (value, *probabilities) in zip(answers, recorded, strict=True):
        if isinstance(value, str):
            assert answer.value == value
        else:
            assert answer.value == pytest.approx(value, rel=1e-4)
        assert list(answer.probabilities.values()) == pytest.approx(probabilities, abs=1e-4)
