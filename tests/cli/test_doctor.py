"""`lamina doctor` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lamina.kernels import native
from tests.cli.program import lamina, run


def test_it_tells_machine_versions_and_kernels(tmp_path: Path) -> None:
    lines = dict(line.split("  ", 1) for line in lamina(tmp_path, "doctor", "--no-measure").out.splitlines())
    told = {name.strip(): value.strip() for name, value in lines.items()}
    assert {"lamina", "machine", "device", "packages", "kernels", "programs"} == set(told)
    assert told["device"].endswith(" x cpu (cpu)")
    assert "jax 0." in told["packages"]
    assert told["kernels"].startswith("native, for " if native.build() else "pure JAX: ")


@pytest.mark.slow
def test_without_native_kernels_it_says_why(tmp_path: Path) -> None:
    told = json.loads(run(tmp_path, "doctor", "--no-measure", "--json", LAMINA_KERNELS="pure").out)
    assert told["kernels"] == "pure JAX: LAMINA_KERNELS says so"


@pytest.mark.slow
def test_it_measures(tmp_path: Path) -> None:
    measured = json.loads(lamina(tmp_path, "doctor", "--json").out)["measured"]
    assert list(measured) == ["matrix product", "convolution", "training step of it", "memory"]
    assert all(float(value.split(" ")[0].replace(",", "")) > 0 for value in measured.values())
