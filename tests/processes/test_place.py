"""Which process of a run this is: as given, and as launchers say."""

from __future__ import annotations

from typing import Any

import pytest

from lamina.errors import SettingError
from lamina.processes.place import Place, launched, place_of

SLURM = {
    "SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_LOCALID": "1", "SLURM_JOB_ID": "4097",
    "SLURM_STEP_NODELIST": "gpu[03-06]",
}  # fmt: skip
OPEN_MPI = {"OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_RANK": "0"}
MPICH = {"PMI_RANK": "1", "PMI_SIZE": "2", "MPI_LOCALRANKID": "1"}
BATCH = {"SLURM_PROCID": "0", "SLURM_NTASKS": "8", "SLURM_LOCALID": "0", "SLURM_JOB_ID": "4097"}
"""What a batch script of Slurm hands on to an mpiexec that it starts."""
PMI = {"PMI_RANK": "5", "PMI_SIZE": "8"}
"""What srun --mpi=pmi2 sets besides."""
KUBERNETES = {"JOB_COMPLETION_INDEX": "3"}
MASTER = "10.0.0.7:7000"


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        ((2, 1, MASTER), {}, Place(1, 2, MASTER)),
        (("2", 1, "[::1]:7000"), {}, Place(1, 2, "[::1]:7000")),
        (("auto", None, None), SLURM, Place(5, 8, "gpu03:61441", 1)),
        (("auto", None, MASTER), SLURM, Place(5, 8, MASTER, 1)),
        ((2, 1, MASTER), SLURM, Place(1, 2, MASTER)),
        (("auto", None, MASTER), OPEN_MPI, Place(2, 4, MASTER, 0)),
        (("auto", None, MASTER), MPICH, Place(1, 2, MASTER, 1)),
        (("auto", None, MASTER), {**BATCH, **OPEN_MPI}, Place(2, 4, MASTER, 0)),
        (("auto", None, MASTER), {**BATCH, **MPICH}, Place(1, 2, MASTER, 1)),
        (("auto", None, None), {**SLURM, **PMI}, Place(5, 8, "gpu03:61441", 1)),
        (("auto", None, None), {**SLURM, "CUDA_VISIBLE_DEVICES": "3"}, Place(5, 8, "gpu03:61441")),
        (("auto", None, None), {**SLURM, "CUDA_VISIBLE_DEVICES": "0,1"}, Place(5, 8, "gpu03:61441", 1)),
        ((4, None, "lamina-0.lamina:7000"), KUBERNETES, Place(3, 4, "lamina-0.lamina:7000")),
        ((Place(1, 2, MASTER), None, None), SLURM, Place(1, 2, MASTER)),
        ((None, None, None), SLURM, None),
    ],
)  # fmt: skip
def test_given_before_launched(
    given: tuple[Any, Any, Any], environment: dict[str, str], expected: Place | None
) -> None:
    assert place_of(*given, environment) == expected


def test_the_address_is_taken_apart() -> None:
    place = Place(1, 2, "[fe80::7]:7000")
    assert (place.host, place.port) == ("fe80::7", 7000)


@pytest.mark.parametrize(
    ("given", "environment", "words"),
    [
        (("auto", 0, MASTER), {}, "processes is needed: how many processes share the run; no launcher that is known"),
        ((2, None, MASTER), {}, "process_id is needed: which of them this is, from 0"),
        (("auto", None, None), OPEN_MPI, "coordinator is needed: HOST:PORT of process 0; Open MPI does not say it"),
        (("auto", None, MASTER), KUBERNETES, "processes is needed: .* Kubernetes does not say it"),
        ((None, 1, None), {}, "process_id and coordinator are of a run in several processes: give processes too"),
        ((2, 2, MASTER), {}, "process_id of 2 processes is from 0 to 1; got 2"),
        ((2, -1, MASTER), {}, "process_id of 2 processes is from 0 to 1; got -1"),
        ((0, 0, MASTER), {}, "processes must be from 1 to 1,024; got 0"),
        (("two", 0, MASTER), {}, "processes must be a whole number; got 'two'"),
        ((2, 0, "10.0.0.7"), {}, "coordinator must be HOST:PORT, such as 10.0.0.7:7000; got '10.0.0.7'"),
        ((2, 0, "here:70000"), {}, "coordinator must be HOST:PORT"),
    ],
)  # fmt: skip
def test_what_is_not_possible(given: tuple[Any, Any, Any], environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        place_of(*given, environment)


def test_no_launcher() -> None:
    assert launched({"SLURM_NTASKS": "4", "SLURM_JOB_ID": "7"}) == ("", {}), "a batch script, not a task of srun"
