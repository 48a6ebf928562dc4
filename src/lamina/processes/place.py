"""Which process of a run this is, how many there are, and where they meet: as given, or as a launcher says."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lamina.errors import SettingError

MOST_PROCESSES = 1_024
FIRST_PORT, PORTS = 61_440, 4_096
"""Of a Slurm job the port is drawn from these by the job's number, so that two jobs on a machine seldom meet."""

AUTO = "auto"
Found = dict[str, str]
"""What a launcher says, by the names of Place's fields; what it does not say is left out."""


@dataclass(frozen=True)
class Place:
    """One process of a run.

    Args:
        process_id: from 0; process 0 is the coordinator, and writes what is written.
        processes: how many there are.
        coordinator: HOST:PORT, where process 0 can be reached by all of them.
        local_id: which of the processes of its machine it is, where the launcher says so: it takes that accelerator.

    Raises:
        SettingError: numbers that are not possible, or an address without a port.

    Example:
        >>> Place(1, 4, "10.0.0.7:7000").host
        '10.0.0.7'
    """

    process_id: int
    processes: int
    coordinator: str
    local_id: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.processes <= MOST_PROCESSES:
            raise SettingError(f"processes must be from 1 to {MOST_PROCESSES:,}; got {self.processes}")
        if not 0 <= self.process_id < self.processes:
            last = self.processes - 1
            raise SettingError(f"process_id of {self.processes} processes is from 0 to {last}; got {self.process_id}")
        host, _, port = self.coordinator.rpartition(":")
        if not host or not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65_535:
            raise SettingError(f"coordinator must be HOST:PORT, such as 10.0.0.7:7000; got {self.coordinator!r}")

    @property
    def host(self) -> str:
        """The coordinator's name or address."""
        return self.coordinator.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port that the coordinator listens on."""
        return int(self.coordinator.rpartition(":")[2])


def place_of(
    processes: int | str | Place | None = None,
    process_id: int | None = None,
    coordinator: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Place | None:
    """The place of this process; None for a run in one process.

    Args:
        processes: how many there are, or "auto" for as many as the launcher says; or the place itself.
        process_id, coordinator: as in Place; what is not given is taken from the launcher.
        environment: os.environ where not given.

    Raises:
        SettingError: neither given nor said by a launcher, or not possible.

    Example:
        >>> place_of() is None
        True
        >>> place_of("auto", environment={"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1"},
        ...          coordinator="10.0.0.7:7000")
        Place(process_id=1, processes=2, coordinator='10.0.0.7:7000', local_id=None)
    """
    if processes is None:
        if process_id is not None or coordinator is not None:
            raise SettingError("process_id and coordinator are of a run in several processes: give processes too")
        return None
    if isinstance(processes, Place):
        return processes
    environment = os.environ if environment is None else environment
    launcher, said = launched(environment)
    given = {"processes": processes, "process_id": process_id, "coordinator": coordinator}
    found = said | {name: str(value) for name, value in given.items() if value not in (None, AUTO)}
    for name, words in _MISSING.items():
        if name not in found:
            silent = f"{launcher} does not say it" if launcher else "no launcher that is known says it"
            raise SettingError(f"{name} is needed: {words}; {silent}")
    local = found.get("local_id") if process_id is None and not _sees_one(environment) else None
    return Place(
        _number("process_id", found["process_id"]), _number("processes", found["processes"]), found["coordinator"],
        None if local is None else _number("local_id", local),
    )  # fmt: skip


def _sees_one(environment: Mapping[str, str]) -> bool:
    """Whether the launcher shows this task one accelerator alone, which then is number 0 to it."""
    shown = environment.get("CUDA_VISIBLE_DEVICES", "")
    return bool(shown) and "," not in shown


_MISSING = {
    "processes": "how many processes share the run",
    "process_id": "which of them this is, from 0",
    "coordinator": "HOST:PORT of process 0",
}


def launched(environment: Mapping[str, str]) -> tuple[str, Found]:
    """The launcher that started this process, and what it says; "" and nothing where none did.

    An mpiexec in a batch script of Slurm hands on what that script is to Slurm, so that the mpiexec is asked first.

    Source: what Slurm's srun, the mpiexec of Open MPI, MPICH and Intel MPI, and Kubernetes' indexed Jobs set.
    """
    readers = {"Open MPI": _open_mpi, "MPICH": _mpich, "Slurm": _slurm, "Kubernetes": _kubernetes}
    return next(((name, found) for name, read in readers.items() if (found := read(environment))), ("", {}))


def _slurm(environment: Mapping[str, str]) -> Found:
    names = {"process_id": "SLURM_PROCID", "processes": "SLURM_NTASKS", "local_id": "SLURM_LOCALID"}
    found = _present(environment, names) if "SLURM_PROCID" in environment else {}
    nodes = environment.get("SLURM_STEP_NODELIST") or environment.get("SLURM_JOB_NODELIST")
    job = environment.get("SLURM_JOB_ID", "")
    if found and nodes and job.isdigit():
        found["coordinator"] = f"{first_node(nodes)}:{FIRST_PORT + int(job) % PORTS}"
    return found


def _open_mpi(environment: Mapping[str, str]) -> Found:
    prefix = "OMPI_COMM_WORLD_"
    names = {"process_id": f"{prefix}RANK", "processes": f"{prefix}SIZE", "local_id": f"{prefix}LOCAL_RANK"}
    return _present(environment, names)


def _mpich(environment: Mapping[str, str]) -> Found:
    """Of Hydra, which MPICH and Intel MPI share; srun sets the first two as well, but not the third."""
    names = {"process_id": "PMI_RANK", "processes": "PMI_SIZE", "local_id": "MPI_LOCALRANKID"}
    return _present(environment, names) if "MPI_LOCALRANKID" in environment else {}


def _kubernetes(environment: Mapping[str, str]) -> Found:
    return _present(environment, {"process_id": "JOB_COMPLETION_INDEX"})


def _present(environment: Mapping[str, str], names: Mapping[str, str]) -> Found:
    return {field: environment[name] for field, name in names.items() if name in environment}


def first_node(nodes: str) -> str:
    """The first name of a list of nodes as Slurm writes it.

    Example:
        >>> [first_node(nodes) for nodes in ("one", "one,two", "node[007-012,015],other", "node[3,5]")]
        ['one', 'one', 'node007', 'node3']
    """
    match = re.match(r"([^,\[]+)(?:\[([^,\]-]+))?", nodes)
    return "" if match is None else match[1] + (match[2] or "")


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise SettingError(f"{name} must be a whole number; got {text!r}")
    return int(text)
