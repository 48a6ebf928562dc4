"""JAX's coordination service in a program of its own, started by process 0: it outlives that process for a moment.

JAX ends every process without a word of ours as soon as its service is gone. In this way the others are still there to
say which process was lost, and end by themselves.

    python -m lamina.processes.service PORT PROCESSES
"""

from __future__ import annotations

import sys
import time

from lamina.processes.line import LOST_SECONDS

HEARTBEAT_SECONDS = 100
"""JAX's own watching, far behind that of the line: it is there only if that has failed."""
LEAVE_SECONDS = 10
"""How long JAX may take to take leave of all processes."""


def serve(port: int, processes: int) -> None:
    """Serve until standard input says that all is over, or ends because process 0 was lost."""
    from jaxlib import _jax  # what jax.distributed.initialize starts inside of process 0; there is no public way

    service = _jax.get_distributed_runtime_service(
        f"[::]:{port}", processes, heartbeat_timeout=HEARTBEAT_SECONDS, shutdown_timeout=LEAVE_SECONDS
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if not sys.stdin.readline():
        time.sleep(2 * LOST_SECONDS)
    service.shutdown()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
