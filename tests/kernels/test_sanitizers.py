"""The native kernels by themselves, under the sanitizers of addresses, of undefined behavior and of threads."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

COMPILER = shutil.which("g++") or shutil.which("clang++")
LEVELS = {"avx512": ["-march=x86-64-v4"], "avx2": ["-march=x86-64-v3"], "every processor": []}
NEEDED = {"avx512": "avx512f", "avx2": "avx2", "every processor": ""}
"""What /proc/cpuinfo must name."""
SANITIZERS = {"address and undefined": ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
              "threads": ["-fsanitize=thread"]}  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the builds are those of x86-64")
@pytest.mark.parametrize(
    ("level", "sanitizer", "effort"),
    [
        ("avx512", "address and undefined", "-O1"),
        ("avx2", "address and undefined", "-O0"),
        ("avx2", "threads", "-O1"),
        ("every processor", "address and undefined", "-O1"),
    ],
)
def test_nothing_is_read_written_or_shared_that_must_not_be(
    level: str, sanitizer: str, effort: str, tmp_path: Path, repository: Path
) -> None:
    """Each level is optimized once, since some warnings come of that alone; to do it twice would take long."""
    if NEEDED[level] not in Path("/proc/cpuinfo").read_text(encoding="utf-8"):
        pytest.skip(f"this processor has no {level}")
    here, program = repository / "tests" / "kernels", tmp_path / "check"
    command = [
        str(COMPILER), "-std=c++17", effort, "-g", "-pthread", "-Wall", "-Wextra",
        *LEVELS[level], *SANITIZERS[sanitizer],
        '-DLAMINA_POOL="pool_of_threads.h"', f"-I{repository / 'src/lamina/kernels/native'}", f"-I{here}",
        str(here / "check_kernels.cpp"), "-o", str(program),
    ]  # fmt: skip
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if "cannot find" in built.stderr:
        pytest.skip("the compiler lacks this sanitizer's library")
    assert built.returncode == 0, built.stderr[-3000:]
    assert "warning" not in built.stderr
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert done.stdout == "all kernels agree\n"
