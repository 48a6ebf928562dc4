"""How the processes of a run find each other: process 0 listens, the others come, each within a stated time."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from lamina.errors import ProcessError
from lamina.processes.line import hello
from lamina.processes.place import Place
from lamina.versions import versions_here

JOIN_SECONDS = 60.0
"""Processes that have not met by then give up."""
HELLO_SECONDS = 5.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def meet(place: Place, seconds: float = JOIN_SECONDS) -> dict[int, socket.socket]:
    """Connections to the peers of a process: to all others in process 0, to process 0 in every other.

    Raises:
        ProcessError: no coordinator, or not all processes, within this time; numbers that do not fit each other.
    """
    return _await_all(place, seconds) if place.process_id == 0 else {0: _come(place, seconds)}


def _await_all(place: Place, seconds: float) -> dict[int, socket.socket]:
    until, refused = time.monotonic() + seconds, ""
    peers: dict[int, socket.socket] = {}
    with _listening(place) as server:
        while len(peers) < place.processes - 1:
            server.settimeout(max(0.01, until - time.monotonic()))
            try:
                connection, _ = server.accept()
            except TimeoutError:
                why = _not_all(place, peers, seconds, refused)
                for connection in peers.values():
                    _refuse(connection, why)
                raise ProcessError(why) from None
            try:
                said = hello(connection, HELLO_SECONDS)
            except (OSError, ValueError):
                connection.close()  # no process of ours
                continue
            why = refusal(place, said, peers)
            if why:
                refused = why
                _refuse(connection, why)
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peers[said["process"]] = connection
    for connection in peers.values():
        _answer(connection, {"welcome": True})
    return peers


def _refuse(connection: socket.socket, why: str) -> None:
    _answer(connection, {"refused": why})
    connection.close()


def _answer(connection: socket.socket, message: dict[str, Any]) -> None:
    try:
        connection.sendall(json.dumps(message).encode() + b"\n")
    except OSError:
        return  # gone already; the line finds out


def _listening(place: Place) -> socket.socket:
    """Process 0's socket: on this machine alone where the coordinator's address is, else on every address."""
    host = place.host if place.host in LOOPBACK else ""
    every = host == "" and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if every or ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, place.port), family=family, backlog=1_024, dualstack_ipv6=every)
    except OSError as error:
        raise ProcessError(
            f"process 0 cannot listen on port {place.port} ({error.strerror}): take another port for the coordinator, "
            f"the same in every process"
        ) from None


def refusal(place: Place, said: dict[str, Any], peers: dict[int, socket.socket]) -> str:
    """Why a process that says this cannot be one of the run; "" where it can."""
    number, count = said.get("process"), said.get("processes")
    if count != place.processes:
        return f"process {number} was started as one of {count} processes, process 0 as one of {place.processes}"
    if type(number) is not int or not 1 <= number < place.processes:
        return f"there is no process {number} of {place.processes} beside process 0"
    if number in peers:
        return f"two processes were started as process {number} of {place.processes}: give each its own process_id"
    return _other_versions(number, said.get("versions"))


def _other_versions(number: int, said: Any) -> str:
    """What a process computes with that process 0 does not; "" where all is the same."""
    there, here = said if isinstance(said, dict) else {}, versions_here()
    names = [name for name in here if there.get(name) != here[name]]
    if not names:
        return ""
    told = [f"{name} {there.get(name, 'unknown')}, process 0 {name} {here[name]}" for name in names]
    return f"process {number} has {'; '.join(told)}: all must have the same"


def _not_all(place: Place, peers: dict[int, socket.socket], seconds: float, refused: str) -> str:
    missing = [str(number) for number in range(1, place.processes) if number not in peers]
    words = f"process{'es' if len(missing) > 1 else ''} {', '.join(missing[:8])}{' ...' if len(missing) > 8 else ''}"
    why = refused or "start all of them with the same coordinator, and see that this port can be reached"
    return f"{words} of {place.processes} did not come to {place.coordinator} within {seconds:g} seconds: {why}"


def _come(place: Place, seconds: float) -> socket.socket:
    """A process's connection to process 0, once all processes are there."""
    until = time.monotonic() + seconds
    connection = _connected(place, until, seconds)
    try:
        own = {"process": place.process_id, "processes": place.processes, "versions": versions_here()}
        connection.sendall(json.dumps(own).encode() + b"\n")
        answer = hello(connection, seconds + HELLO_SECONDS)  # process 0 may have begun to wait later
    except (OSError, ValueError):
        connection.close()
        raise ProcessError(
            f"the coordinator at {place.coordinator} did not answer as one within {seconds:g} seconds: is it process 0 "
            f"of this run, and did all of its {place.processes} processes start?"
        ) from None
    if "refused" in answer:
        connection.close()
        raise ProcessError(str(answer["refused"]))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _connected(place: Place, until: float, seconds: float) -> socket.socket:
    """A connection to process 0, tried again until the time is over, since it may start later."""
    while True:
        try:
            return socket.create_connection((place.host, place.port), max(0.1, min(5.0, until - time.monotonic())))
        except OSError as error:
            why = error.strerror or str(error)
        if time.monotonic() >= until:
            raise ProcessError(
                f"no coordinator at {place.coordinator} within {seconds:g} seconds ({why}): start process 0 there, "
                f"and see that this port can be reached"
            )
        time.sleep(0.2)
