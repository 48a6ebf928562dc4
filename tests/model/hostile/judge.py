"""Loads a folder of hostile files under an audit hook, in a process of its own; prints what happened as JSON.

    python -m tests.model.hostile.judge FOLDER

The hook forbids all that a file could want: importing what is not there yet, opening a file for writing, sockets,
processes, marshal and pickle. Model.load runs once on a good file first, so that what it needs is imported.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "marshal.", "pickle.", "os.remove",
             "os.rename", "os.mkdir", "shutil.")  # fmt: skip
FOUND: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what must not happen."""
    if event.startswith(FORBIDDEN):
        FOUND.append(f"{event} {arguments!r:.80}")
    elif event == "import" and arguments[0] not in sys.modules:
        FOUND.append(f"import {arguments[0]}")
    elif event == "open":
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND):
            FOUND.append(f"open for writing {arguments[0]!r:.80}")


def judge(path: Path) -> dict[str, Any]:
    """Load a file: the error's class and text, the time, what the hook saw, how memory grew."""
    import lamina

    FOUND.clear()
    modules, began, busy = set(sys.modules), time.perf_counter(), time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        lamina.Model.load(path)
        kind, message = "loaded", ""
    except Exception as error:
        kind, message = type(error).__name__, str(error)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    seconds, processor_seconds = time.perf_counter() - began, time.process_time() - busy
    new = sorted(set(sys.modules) - modules)
    return {
        "kind": kind, "message": message, "seconds": seconds, "processor_seconds": processor_seconds,
        "seen": [*FOUND, *new], "grown_kib": grown,
    }  # fmt: skip


def main() -> None:
    """Judge every file of a folder; good.safetensors is loaded first."""
    import lamina

    folder = Path(sys.argv[1])
    lamina.Model.load(folder / "good.safetensors")
    sys.addaudithook(watch)
    found = {path.name: judge(path) for path in sorted(folder.iterdir())}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
