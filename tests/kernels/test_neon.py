"""The kernels for ARM: they compile, where a compiler for it is installed."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

COMPILER = shutil.which("aarch64-linux-gnu-g++")


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="aarch64-linux-gnu-g++ is not installed")
def test_the_kernels_compile_for_neon(repository: Path, tmp_path: Path) -> None:
    native = repository / "src" / "lamina" / "kernels" / "native"
    words = [str(COMPILER), "-std=c++17", "-O1", "-DLAMINA_MODULE=neon", "-fPIC", "-c", "-o", str(tmp_path / "neon.o")]
    include = ["-I", sysconfig.get_path("include"), "-isystem", str(native)]
    done = subprocess.run([*words, *include, str(native / "module.cpp")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
