"""The processes of a run as the program sees them: how many, which this is, what they tell each other."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from lamina.errors import LaminaError, ProcessError, SettingError
from lamina.processes.line import BEAT_SECONDS, LOST_SECONDS, Line
from lamina.processes.meeting import meet
from lamina.processes.place import Place

LOST_STATUS = 3
"""The exit status of a process that ends because another was lost."""


class Together:
    """All processes of a run, seen from one of them; without a line, this process by itself.

    Args:
        line: to the other processes.

    Example:
        >>> Together().count, Together().writes, Together().tell("all the same")
        (1, True, 'all the same')
    """

    def __init__(self, line: Line | None = None) -> None:
        self._line = line
        self.over = False
        self.own, self.count = (line.own, line.count) if line is not None else (0, 1)

    @property
    def writes(self) -> bool:
        """Whether this process writes and speaks: process 0 does."""
        return self.own == 0

    @property
    def asked(self) -> str:
        """In process 0: what another process asked for, such as to stop."""
        return self._line.asked if self._line is not None else ""

    def tell(self, value: Any = None) -> Any:
        """Process 0's value in every process: whatever a clock or a machine decides is decided once."""
        return self._line.tell(value) if self._line is not None else value

    def ask(self, what: str) -> None:
        """Ask process 0 for something."""
        if self._line is not None:
            self._line.ask(what)

    def gather(self, value: Any) -> list[Any]:
        """In process 0 everybody's values by their numbers, nothing in the others."""
        return [value] if self._line is None else self._line.gather(value)

    def finish(self) -> None:
        """The run is over in this process: from here on the others need nothing of it, whatever becomes of it."""
        self.over = True

    def fail(self, why: str) -> None:
        """Tell the others that this process cannot go on; nothing where the run is over for all of them."""
        if self._line is not None and not self.over:
            self._line.fail(f"process {self.own} of {self.count} could not go on: {why}")

    def same(self, tree: Any) -> Any:
        """Process 0's arrays in every process, to the bit; all bring a tree of one shape."""
        if self.count == 1:
            return tree
        from jax.experimental.multihost_utils import broadcast_one_to_all

        with self.watched():
            return broadcast_one_to_all(tree)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """What the devices of all processes do: where they fail because one is lost, the line says which.

        Raises:
            ProcessError: they failed, and nobody is lost.
        """
        try:
            yield
        except (RuntimeError, ValueError) as error:
            if self.count == 1 or isinstance(error, LaminaError):
                raise
            time.sleep(LOST_SECONDS + BEAT_SECONDS)  # the line ends this process as soon as it knows more
            raise ProcessError(f"the devices of {self.count} processes could not go on: {error}") from error

    def leave(self) -> None:
        """Wait until the run is over in every process."""
        if self._line is not None:
            self._line.close()


ALONE = Together()
_JOINED: list[tuple[Place, Together]] = []
"""The one run that this process has joined; a process cannot leave it for another."""


def join(place: Place | None) -> Together:
    """Meet the other processes of a run and let JAX know of them; before anything is computed.

    Raises:
        ProcessError: a process did not come, or does not fit the others.
        SettingError: this process has joined another run, or JAX has computed already.
    """
    if place is None or place.processes == 1:
        return ALONE
    if _JOINED:
        if _JOINED[0][0] != place:
            raise SettingError(f"this process is {_JOINED[0][0]} already: start another Python for {place}")
        return _JOINED[0][1]
    _require_fresh()
    peers = meet(place)
    address = next(iter(peers.values())).getsockname()[0].removeprefix("::ffff:")
    together = Together(Line(place.process_id, place.processes, peers, partial(_end, os.dup(2))))
    with _quiet(), _reached_at(address):
        _join_jax(place, together)
    _JOINED.append((place, together))
    return together


def _require_fresh() -> None:
    import jax

    if jax.distributed.is_initialized():
        raise SettingError("jax.distributed is in use already: let Lamina join the processes, or start another Python")
    from jax._src.xla_bridge import backends_are_initialized  # jax.distributed.initialize asks the same

    if backends_are_initialized():
        raise SettingError("processes must be joined before JAX computes anything: make this the first call")


def _join_jax(place: Place, together: Together) -> None:
    """Connect JAX to its service, which process 0 starts beside itself, and let the devices meet."""
    import atexit

    import jax
    from jax._src.distributed import global_state  # jax.distributed.initialize without a service of its own
    from jaxlib import _jax

    service = _started(place.processes) if place.process_id == 0 else None
    port = together.tell(service[1] if service else None)
    if place.local_id is not None:
        jax.config.update("jax_cuda_visible_devices", str(place.local_id))
    host = f"[{place.host}]" if ":" in place.host else place.host
    address = f"{host}:{port}"
    global_state.process_id, global_state.num_processes = place.process_id, place.processes
    global_state.coordinator_address = address
    global_state.client = _jax.get_distributed_runtime_client(
        address, place.process_id, init_timeout=60, heartbeat_timeout=100, shutdown_timeout=10, use_compression=True,
        shutdown_on_destruction=False,
    )  # fmt: skip
    try:
        global_state.client.connect()
    except jax.errors.JaxRuntimeError as error:
        raise ProcessError(f"JAX could not join its processes at {address}: {error}") from None
    atexit.register(_leave, together, service[0] if service else None)
    together.same(place.processes)  # devices that cannot reach each other are found out now


@contextlib.contextmanager
def _reached_at(address: str) -> Iterator[None]:
    """Let gloo, which is made with the first device, be reached where process 0 is reached from.

    By itself it takes what the machine's own name stands for, which on many machines only they themselves can reach.
    """
    from jaxlib import _jax  # JAX has no setting for it

    plain = _jax.make_gloo_tcp_collectives
    _jax.make_gloo_tcp_collectives = partial(plain, hostname=address)
    try:
        yield
    finally:
        _jax.make_gloo_tcp_collectives = plain


def _started(processes: int) -> tuple[subprocess.Popen[str], int]:
    """JAX's service and its port."""
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
    words = [sys.executable, "-m", "lamina.processes.service", str(port), str(processes)]
    program = subprocess.Popen(  # noqa: S603  # our own module and two numbers
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    if program.stdout is None or program.stdout.readline() != "ready\n":
        raise ProcessError(f"JAX's coordination service could not start on port {port}")
    return program, port


def _leave(together: Together, service: subprocess.Popen[str] | None) -> None:
    """At the end of the program: wait for the others where the run is over, leave them to their end where it is not."""
    from jax._src.distributed import global_state

    if not together.over:
        return
    together.leave()
    with _quiet():
        global_state.shutdown()
    if service is not None:
        service.communicate("over\n")


def _end(stderr: int, why: str) -> None:
    """Say why, and end this process: its main thread may be waiting, in C++, for a process that is no more."""
    text = f"error: {why}. What the last checkpoint holds is not lost: start all processes again with --resume\n"
    os.write(stderr, text.encode(errors="backslashreplace"))
    os._exit(LOST_STATUS)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nothing of what C++ writes about how it connects."""
    kept = [os.dup(number) for number in (1, 2)]
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        for number in (1, 2):
            os.dup2(nowhere.fileno(), number)
        try:
            yield
        finally:
            for number, before in zip((1, 2), kept, strict=True):
                os.dup2(before, number)
                os.close(before)
