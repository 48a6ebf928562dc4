"""The native kernels: which build this processor runs, and their names for XLA.

There is a build for each kind of processor; the best one is taken that the processor can run. Without a build, or where
XLA does not take it, the pure forms are used everywhere, and `reason()` says why.
"""

from __future__ import annotations

import functools
import importlib
import os
from types import ModuleType

from lamina.arrays import jax
from lamina.errors import SettingError

VARIABLE = "LAMINA_KERNELS"
"""Says which build is to be used: avx512, avx2, neon, or pure for none of them."""
BUILDS = ("avx512", "avx2", "neon")
VERSION = 1
"""Grows when a kernel takes or gives something else: compiled programs that are kept on disk ask for it by name."""
CURE = "install Lamina again where there is a C++ compiler (g++ or clang)"


def name_of(kernel: str) -> str:
    """Under which name XLA knows a kernel."""
    return f"lamina_{kernel}_{VERSION}"


def build() -> str:
    """The build that is used: avx512, avx2, neon; "" where the pure forms are.

    Example:
        >>> build() in ("avx512", "avx2", "neon", "")
        True
    """
    return _registered()[0]


def reason() -> str:
    """Why no build is used, and what to do; "" where one is."""
    return _registered()[1]


def missing() -> str:
    """Why there is no build for this processor, and what to do; "" where there is one. Asks without JAX."""
    return _found()[1]


@functools.cache
def _found() -> tuple[str, str, ModuleType | None]:
    """The build for this processor, or why there is none, and its module."""
    chosen, why = _choose(os.environ.get(VARIABLE, ""))
    module = _module(chosen) if chosen else None
    if chosen and module is None:
        why = f"the build {chosen} is missing: {CURE}"
    return chosen, why, module


@functools.cache
def _registered() -> tuple[str, str]:
    """The build that XLA took, and why none, where that is so."""
    chosen, why, module = _found()
    if module is None:
        return "", why
    capsules = {name: value for name, value in vars(module).items() if type(value).__name__ == "PyCapsule"}
    try:
        for name, capsule in capsules.items():
            jax.ffi.register_ffi_target(name_of(name), capsule, platform="cpu")
    except (RuntimeError, ValueError, TypeError) as error:  # another version of XLA's interface
        return "", f"this version of JAX does not take them ({str(error).splitlines()[0][:100]})"
    return chosen, ""


def _choose(wanted: str) -> tuple[str, str]:
    """The build for this processor, not better than what is wanted."""
    if wanted not in ("", "pure", *BUILDS):
        raise SettingError(f"{VARIABLE} names a build, {', '.join(BUILDS)}, or pure; got {wanted!r}")
    if wanted == "pure":
        return "", f"{VARIABLE} says so"
    processor = _module("processor")
    if processor is None:
        return "", f"they were not built: {CURE}"
    best: str = processor.best()
    if not best:
        return "", "this processor has neither AVX2 nor NEON"
    possible = [name for name in BUILDS[BUILDS.index(best) :] if (name == "neon") == (best == "neon")]
    if wanted and wanted not in possible:
        raise SettingError(f"{VARIABLE}: this processor runs {', '.join(possible)}, not {wanted}")
    return wanted or best, ""


def _module(name: str) -> ModuleType | None:
    """One of the compiled modules; None where it was not built."""
    try:
        return importlib.import_module(f"lamina.kernels.native.{name}")
    except ImportError:
        return None
