"""What XLA is told where compiling takes the time: programs that run once or a few times need not be fast ones."""

from __future__ import annotations

import importlib.metadata

QUICKLY: dict[str, int | bool] = {"xla_backend_optimization_level": 0}
"""Options of a compiler that takes no trouble."""
if importlib.metadata.version("jaxlib").startswith("0.10."):  # XLA refuses a name that it does not know
    QUICKLY["xla_cpu_use_fusion_emitters"] = False  # the older way to write loops takes half as long to compile

FLAGS = " ".join(f"--{name}={str(value).lower()}" for name, value in QUICKLY.items())
"""The same for all programs of a process, as XLA_FLAGS takes it."""
