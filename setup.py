"""The native kernels: built where there is a compiler, left out where there is none."""

from __future__ import annotations

import platform
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("src/lamina/kernels/native")
FLAGS = {
    "avx512": ["-march=x86-64-v4", "-mprefer-vector-width=512"],
    "avx2": ["-march=x86-64-v3"],
    "neon": [],
}
"""A build for each kind of processor of the machine's family, and what its compiler is told."""
FAMILIES = {"x86_64": ("avx512", "avx2"), "amd64": ("avx512", "avx2"), "aarch64": ("neon",), "arm64": ("neon",)}


def kernels(level: str) -> Extension:
    """All kernels for one kind of processor."""
    return Extension(
        f"lamina.kernels.native.{level}",
        [str(NATIVE / "module.cpp")],
        define_macros=[("LAMINA_MODULE", level)],
        extra_compile_args=[
            "-std=c++17",
            "-O3",
            "-fvisibility=hidden",
            "-fno-math-errno",
            "-g0",
            "-Wall",
            "-Wextra",
            *FLAGS[level],
            "-isystem",
            str(NATIVE),
        ],
        depends=[str(path) for path in NATIVE.glob("*.h")],
        optional=True,
    )


class BuildEach(build_ext):
    """One source is compiled several times: each build has a folder of its own for what lies in between."""

    def build_extension(self, ext: Extension) -> None:
        """Build one of them."""
        shared = self.build_temp
        self.build_temp = str(Path(shared) / ext.name)
        try:
            super().build_extension(ext)
        finally:
            self.build_temp = shared


processor = Extension("lamina.kernels.native.processor", [str(NATIVE / "processor.c")], optional=True)
levels = FAMILIES.get(platform.machine().lower(), ())
setup(cmdclass={"build_ext": BuildEach}, ext_modules=[processor, *map(kernels, levels)] if levels else [])
