"""Real processes that train together: the numbers of one, files written once, and what happens when one is lost."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lamina import Model
from tests.cli.program import TIMEOUT, Outcome, start

pytestmark = pytest.mark.slow

LONG_ENOUGH = 15.0
"""Within so many seconds of a loss the others have ended; docs/machines.md says so."""

PROGRAM = """
import json, sys
import numpy as np
import lamina
from lamina import BatchNorm, Conv2D, Dense, Dropout, Flatten, Sequential

processes, number, address, batch_size = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
place = {} if processes == 1 else {"processes": processes, "process_id": number, "coordinator": address}
draw = np.random.default_rng(0)
inputs = draw.integers(0, 256, (150, 6, 6, 1), np.uint8)
targets = np.array(["low", "high"])[(inputs.mean(axis=(1, 2, 3)) > 127).astype(int)]
network = Sequential(Conv2D(4, 3, bias=False), BatchNorm(), Flatten(), Dense(8, "tanh"), Dropout(0.2), Dense(2))
model = lamina.fit((inputs, targets), network, epochs=3, batch_size=batch_size, **place)
print(json.dumps({
    "losses": [value for epoch in model.record.epochs for value in epoch.numbers.values()],
    "results": [measure.value for measure in model.record.results],
    "weights": np.asarray(model.params["3"]["weight"]).ravel().tolist(),
}))
"""


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def started(folder: Path, count: int, *words: object) -> list[subprocess.Popen[str]]:
    """`lamina train` in so many processes."""
    address = free_address()
    return [
        start(
            folder, "train", *words, "--processes", count, "--process-id", number, "--coordinator", address
        )
        for number in range(count)
    ]  # fmt: skip


def ended(processes: list[subprocess.Popen[str]]) -> list[Outcome]:
    said = [process.communicate(timeout=TIMEOUT) for process in processes]
    return [Outcome(process.returncode, *texts) for process, texts in zip(processes, said, strict=True)]


def fitted(count: int, batch_size: int) -> list[dict[str, list[float]]]:
    address, environment = free_address(), {**os.environ, "PYTHONWARNINGS": "ignore"}
    words = [
        [sys.executable, "-c", PROGRAM, str(count), str(number), address, str(batch_size)] for number in range(count)
    ]
    processes = [
        subprocess.Popen(word, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        for word in words
    ]
    outcomes = ended(processes)
    assert [outcome.status for outcome in outcomes] == [0] * count, outcomes
    return [json.loads(outcome.out) for outcome in outcomes]


@pytest.mark.parametrize(("batch_size", "counts"), [(16, (2, 4)), (256, (2,))])
def test_two_and_four_processes_give_the_numbers_of_one(batch_size: int, counts: tuple[int, ...]) -> None:
    alone = fitted(1, batch_size)[0]
    for count in counts:
        for found in fitted(count, batch_size):
            np.testing.assert_allclose(found["losses"], alone["losses"], rtol=1e-4)
            np.testing.assert_allclose(found["results"], alone["results"], rtol=1e-4)
            np.testing.assert_allclose(found["weights"], alone["weights"], rtol=1e-3, atol=1e-5)


def test_process_0_writes_once_and_the_others_are_silent(tmp_path: Path) -> None:
    outcomes = ended(started(tmp_path, 2, "iris", "--epochs", 2, "--learning-rate", "find"))
    assert [outcome.status for outcome in outcomes] == [0, 0], outcomes
    assert "2 processes share each batch of" in outcomes[0].out
    assert "saved  iris.safetensors" in outcomes[0].out
    assert (outcomes[1].out, outcomes[1].err) == ("", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["iris.safetensors", "lamina-runs.jsonl"]
    assert len((tmp_path / "lamina-runs.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert Model.load(tmp_path / "iris.safetensors").record.source == "iris"


LONG = ("digits", "--network", "mlp", "--epochs", "25", "-o", "digits.safetensors")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model file of two processes that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    assert [outcome.status for outcome in ended(started(folder, 2, *LONG))] == [0, 0]
    return folder / "digits.safetensors"


@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_process_ends_the_other_and_the_run_goes_on_to_the_same_file(
    whole: Path, tmp_path: Path, lost: int
) -> None:
    processes = started(tmp_path, 2, *LONG)
    _wait_for(tmp_path / "digits.checkpoint-before.safetensors")
    processes[lost].kill()
    began = time.monotonic()
    other = ended([processes[1 - lost]])[0]
    assert time.monotonic() - began < LONG_ENOUGH
    ended([processes[lost]])
    assert other.status == 3
    assert other.err.splitlines()[-1] == (
        f"error: process {lost} of 2 has ended before the run did. What the last checkpoint holds is not lost: "
        f"start all processes again with --resume"
    )
    assert len([line for line in other.err.splitlines() if not line.startswith("note: ")]) == 1, other.err
    assert not (tmp_path / "digits.safetensors").exists()
    outcomes = ended(started(tmp_path, 2, *LONG, "--resume"))
    assert [outcome.status for outcome in outcomes] == [0, 0], outcomes
    assert "going on " in outcomes[0].out
    assert (tmp_path / "digits.safetensors").read_bytes() == whole.read_bytes()


def test_another_number_of_processes_goes_on_with_a_run(whole: Path, tmp_path: Path) -> None:
    processes = started(tmp_path, 2, *LONG)
    _wait_for(tmp_path / "digits.checkpoint-before.safetensors")
    for process in processes:
        process.kill()
    ended(processes)
    outcomes = ended(started(tmp_path, 4, *LONG, "--resume"))
    assert [outcome.status for outcome in outcomes] == [0] * 4, outcomes
    assert "going on " in outcomes[0].out
    _alike(tmp_path / "digits.safetensors", whole)


def _wait_for(path: Path) -> None:
    until = time.monotonic() + TIMEOUT
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.05)


def _alike(one: Path, other: Path) -> None:
    """Two models of one run but for the order of sums, after as many epochs."""
    models = [Model.load(path).record for path in (one, other)]
    assert len(models[0].epochs) == len(models[1].epochs)
    assert abs(models[0].epochs[-1]["loss"] - models[1].epochs[-1]["loss"]) < 0.05


def test_a_signal_to_one_ends_all_with_a_model(tmp_path: Path) -> None:
    processes = started(tmp_path, 2, *LONG[:3], "--epochs", "20000", *LONG[-2:])
    _wait_for(tmp_path / "digits.checkpoint-before.safetensors")
    processes[1].terminate()
    outcomes = ended(processes)
    assert [outcome.status for outcome in outcomes] == [143, 143], outcomes
    assert "stopped by SIGTERM; the best model so far is saved as digits.safetensors" in outcomes[0].out
    assert Model.load(tmp_path / "digits.safetensors").record.source == "digits"


def test_a_time_limit_is_kept_by_all(tmp_path: Path) -> None:
    outcomes = ended(started(tmp_path, 2, "iris", "--time", "20s", "--network", "mlp"))
    assert [outcome.status for outcome in outcomes] == [0, 0], outcomes
    assert (tmp_path / "iris.safetensors").is_file()


def test_a_loss_that_is_no_number_ends_all_with_the_same_words(tmp_path: Path) -> None:
    words = ("iris", "--epochs", 50, "--network", "mlp", "--optimizer", "gradient_descent", "--learning-rate", "1e30")
    outcomes = ended(started(tmp_path, 2, *words))
    assert [outcome.status for outcome in outcomes] == [2, 2], outcomes
    assert "error: the loss is no longer a finite number in epoch 1, step" in outcomes[0].err
    assert outcomes[1].err.strip() == outcomes[0].err.strip().splitlines()[-1]


def test_other_data_and_other_settings_are_refused(tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for number, folder in enumerate(folders):
        folder.mkdir()
        rows = "".join(f"{row % 7 / 4},{(row + number) % 11 / 4},{'ab'[row % 2]}\n" for row in range(60))
        (folder / "table.csv").write_text(f"one,two,kind\n{rows}", encoding="utf-8")
    data = _apart(folders, [("table.csv", "--target", "kind", "--epochs", 2)] * 2)
    assert [outcome.status for outcome in data] == [2, 2], data
    for outcome in data:
        assert "error: process 1 has read other data than process 0: its fingerprint begins with " in outcome.err
    settings = _apart([tmp_path] * 2, [("iris", "--epochs", 2), ("iris", "--epochs", 3)])
    for outcome in settings:
        assert (
            "error: process 1 is not like process 0: its settings.epochs is 3, that of process 0 is 2. " in outcome.err
        )


def _apart(folders: list[Path], words: list[tuple[object, ...]]) -> list[Outcome]:
    """Two processes that were started differently."""
    address = free_address()
    place = ("--processes", 2, "--coordinator", address, "--process-id")
    return ended([start(folder, "train", *words[n], *place, n) for n, folder in enumerate(folders)])


def test_a_process_that_cannot_read_its_data_ends_the_other(tmp_path: Path) -> None:
    outcomes = _apart([tmp_path] * 2, [("iris", "--epochs", 2), ("no-such-table.csv",)])
    assert outcomes[1].status == 2
    assert "no-such-table.csv" in outcomes[1].err
    assert outcomes[0].status == 3, outcomes
    assert "error: process 1 of 2 could not go on: there is no file or folder 'no-such-table.csv'" in outcomes[0].err


def test_a_batch_that_the_processes_cannot_share(tmp_path: Path) -> None:
    outcomes = ended(started(tmp_path, 2, "iris", "--batch-size", 15))
    words = (
        "a batch of 15 examples cannot be shared out evenly among 2 devices of 2 processes: take a batch_size that 2"
    )
    assert words in outcomes[0].err + outcomes[1].err, outcomes


TWO_MACHINES = """
mount -t tmpfs none /run
for machine in a b; do ip netns add $machine; done
ip link add va netns a type veth peer name vb netns b
ip -n a address add 10.77.0.1/24 dev va
ip -n b address add 10.77.0.2/24 dev vb
for machine in a b; do ip -n $machine link set v$machine up; ip -n $machine link set lo up; done
"""
"""Two network namespaces and a cable between them, in a user namespace of their own: no rights are needed."""


def _in_namespaces(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = ["unshare", "-rnm", "sh", "-ec", TWO_MACHINES + script]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT)


def test_two_machines_that_reach_each_other_by_their_addresses_alone(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or shutil.which("ip") is None or _in_namespaces("", tmp_path).returncode:
        pytest.skip("this machine lets nobody make network namespaces (unshare -rnm, ip netns)")
    words = [sys.executable, "-m", "lamina", "train", "iris", "--epochs", "2", "-o", "iris.safetensors"]
    train = shlex.join([*words, "--processes", "2", "--coordinator", "10.77.0.1:7000", "--process-id"])
    script = f"ip netns exec b {train} 1 & ip netns exec a {train} 0; wait $!"
    done = _in_namespaces(script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "saved  iris.safetensors" in done.stdout
    assert Model.load(tmp_path / "iris.safetensors").record.source == "iris"


def test_a_machine_that_falls_silent_ends_the_run_in_time(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or shutil.which("ip") is None or _in_namespaces("", tmp_path).returncode:
        pytest.skip("this machine lets nobody make network namespaces (unshare -rnm, ip netns)")
    words = [sys.executable, "-m", "lamina", "train", "digits", "--network", "mlp", "--epochs", "20000"]
    train = shlex.join([*words, "-o", "m.safetensors", "--processes", "2", "--coordinator", "10.77.0.1:7000"])
    script = f"""
    ip netns exec b {train} --process-id 1 > b.txt 2>&1 & b=$!
    ip netns exec a {train} --process-id 0 > a.txt 2>&1 & a=$!
    while [ ! -e m.checkpoint-before.safetensors ]; do sleep 0.1; done
    ip -n b link set vb down
    date +%s > began
    wait $a || wait $b || date +%s > ended
    """
    assert _in_namespaces(script, tmp_path).returncode == 0
    took = int((tmp_path / "ended").read_text()) - int((tmp_path / "began").read_text())
    assert took <= LONG_ENOUGH
    for name, other in (("a", 1), ("b", 0)):
        said = (tmp_path / f"{name}.txt").read_text().splitlines()[-1]
        assert said.startswith(f"error: process {other} of 2 has not been heard of for 10 seconds. What the last ")
