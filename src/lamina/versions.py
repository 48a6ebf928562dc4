"""The versions that decide the numbers of a run."""

from __future__ import annotations

import importlib.metadata
import platform

PACKAGES = ("lamina", "jax", "jaxlib", "numpy", "optax")


def versions_here() -> dict[str, str]:
    """What this process computes with, and its version.

    Example:
        >>> sorted(versions_here())
        ['jax', 'jaxlib', 'lamina', 'machine', 'numpy', 'optax', 'python']
    """
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {**found, "python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
