"""Clients and checkers that others wrote, unmodified. Each is left out where it is not installed.

pip install "tritonclient[http]" schemathesis kserve
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.serving.servers import serving
from tests.web.live import Live

HERE = Path(__file__).parent
EXAMPLES = os.environ.get("LAMINA_SCHEMATHESIS_EXAMPLES", "30")


def needs(package: str) -> pytest.MarkDecorator:
    there = importlib.util.find_spec(package) is not None
    return pytest.mark.skipif(not there, reason=f"{package} is not installed")


def told(program: str, server: Live) -> Any:
    words = [sys.executable, str(HERE / program), str(server.port)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@needs("tritonclient")
@pytest.mark.slow
def test_the_client_of_triton(server: Live) -> None:
    found = told("triton_client.py", server)
    assert [found[key] for key in ("live", "ready", "model ready", "version ready", "no model ready")] == [True] * 4 + [
        False
    ]
    assert (found["server"], found["inputs"]) == ("lamina", ["rows"])
    assert "the model needs the inputs rows" in found["refused"]
    answers = [value for key, value in found.items() if key.startswith("FP")]
    assert answers == [["setosa", "virginica"]] * 8


@needs("kserve")
@pytest.mark.slow
def test_the_client_of_kserve(server: Live) -> None:
    found = told("kserve_client.py", server)
    assert found == {
        "live": True, "ready": True, "model ready": True,
        "binary False": ["setosa", "virginica"], "binary True": ["setosa", "virginica"],
    }  # fmt: skip


@needs("schemathesis")
@pytest.mark.slow
@pytest.mark.parametrize("token", [None, "a-token-that-is-long-enough"])
def test_schemathesis_finds_nothing(tmp_path: Path, token: str | None) -> None:
    """Every check, with one thing declared: 422 tells of data that fit the schema and that no model can read."""
    config = (
        '[checks.positive_data_acceptance]\nexpected-statuses = ["2xx", "401", "403", "404", "409", "422", "5xx"]\n'
    )
    (tmp_path / "schemathesis.toml").write_text(config)
    with serving("iris", "digits", token=token) as (server, _):
        url = f"http://127.0.0.1:{server.port}/openapi.json"
        words = [sys.executable, "-m", "schemathesis.cli", "run", url, "--checks", "all", "--max-examples", EXAMPLES]
        words += ["--header", f"Authorization: Bearer {token}"] if token else []
        done = subprocess.run(words, capture_output=True, text=True, timeout=900, check=False, cwd=tmp_path)
        assert server.ask("GET", "/v2/health/ready").status == 200
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
