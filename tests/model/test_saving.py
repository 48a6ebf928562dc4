"""Saving loses nothing: whatever fails, and whenever the process is killed, the old file or the new one is there."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lamina.errors import ModelFileError, SaveError
from lamina.model.saving import checkpoint_path, free_name, save_atomically

OLD, NEW = b"old" * 1000, b"new" * 1000
ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.EXDEV, errno.EMFILE)
CALLS = ("open", "fsync", "replace")


def nothing(written: bytes) -> None:
    """No check."""


def only(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_is_whole_and_alone(tmp_path: Path) -> None:
    seen: list[bytes] = []
    save_atomically(tmp_path / "m", NEW, seen.append)
    assert (tmp_path / "m").read_bytes() == NEW
    assert seen == [NEW]
    assert only(tmp_path) == ["m"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits")
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_the_umask_is_respected(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        save_atomically(tmp_path / "m", NEW, nothing)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "m").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("number", ERRORS)
def test_an_error_of_the_system_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    path = tmp_path / "m"
    path.write_bytes(OLD)

    def fail(*arguments: object, **named: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(f"lamina.model.saving.os.{call}", fail)
        with pytest.raises(SaveError, match=f"m: cannot be saved: .*{os.strerror(number)}"):
            save_atomically(path, NEW, nothing)
    assert path.read_bytes() == OLD
    assert only(tmp_path) == ["m"]


def test_what_does_not_pass_its_check_never_takes_the_place(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(OLD)

    def refuse(written: bytes) -> None:
        raise ModelFileError("not whole")

    with pytest.raises(ModelFileError, match="not whole"):
        save_atomically(path, NEW, refuse)
    assert path.read_bytes() == OLD
    assert only(tmp_path) == ["m"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="cannot be saved: No such file or directory"):
        save_atomically(tmp_path / "none" / "m", NEW, nothing)


def test_a_folder_or_a_link_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SaveError, match="is a folder"):
        save_atomically(tmp_path / "folder", NEW, nothing)
    (tmp_path / "real").write_bytes(OLD)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(SaveError, match="is a symbolic link"):
        save_atomically(tmp_path / "link", NEW, nothing)
    assert (tmp_path / "real").read_bytes() == OLD


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_a_pipe_or_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SaveError, match="pipe is not a regular file; give the name of a file"):
        save_atomically(tmp_path / "pipe", NEW, nothing)
    with pytest.raises(SaveError, match="null is not a regular file"):
        save_atomically(Path("/dev/null"), NEW, nothing)
    assert only(tmp_path) == ["pipe"]


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match=r"a\\x00b' cannot be the name of a file"):
        save_atomically(tmp_path / "a\0b", NEW, nothing)


def test_what_reads_back_otherwise_never_takes_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that says "written" and gives back something else."""
    path = tmp_path / "m"
    path.write_bytes(OLD)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda self: NEW[:-1])
        with pytest.raises(SaveError, match="m: what was read back from the disk differs"):
            save_atomically(path, NEW, nothing)
    assert path.read_bytes() == OLD
    assert only(tmp_path) == ["m"]


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot sync folders")
@pytest.mark.parametrize(("number", "told"), [(errno.EIO, True), (errno.EINVAL, False), (errno.ENOTSUP, False)])
def test_a_folder_that_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: bool
) -> None:
    """The new file is in its place then; it is told only where the disk is at fault, not where it has no such thing."""
    path, sync = tmp_path / "m", os.fsync
    path.write_bytes(OLD)

    def fail(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr("lamina.model.saving.os.fsync", fail)
        if told:
            with pytest.raises(SaveError, match=r"m: saved, but its folder could not be synced"):
                save_atomically(path, NEW, nothing)
        else:
            save_atomically(path, NEW, nothing)
    assert path.read_bytes() == NEW
    assert only(tmp_path) == ["m"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_full_disk_in_earnest(tmp_path: Path) -> None:
    """A process that may write files of 10 KiB only, as on a full disk."""
    (tmp_path / "m").write_bytes(OLD)
    program = (
        "import resource, signal, pathlib, sys\n"
        "from lamina.model.saving import save_atomically\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10240, 10240))\n"
        "save_atomically(pathlib.Path(sys.argv[1]), bytes(100000), lambda written: None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "m")], capture_output=True, text=True, check=False, timeout=60
    )
    assert "SaveError" in done.stderr
    assert (tmp_path / "m").read_bytes() == OLD
    assert only(tmp_path) == ["m"]


def test_leftovers_of_the_dead_are_cleaned_those_of_the_living_not(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f".m.tmp-{dead.pid}-abcd").write_bytes(b"half")
    (tmp_path / f".m.tmp-{os.getppid()}-abcd").write_bytes(b"half")
    (tmp_path / f".other.tmp-{dead.pid}-abcd").write_bytes(b"half")
    save_atomically(tmp_path / "m", NEW, nothing)
    assert only(tmp_path) == [f".m.tmp-{os.getppid()}-abcd", f".other.tmp-{dead.pid}-abcd", "m"]


def test_leftovers_are_found_by_their_whole_name_only(tmp_path: Path) -> None:
    """Signs that mean something in patterns, and numbers that no process has."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f".m[1].tmp-{dead.pid}-abcd").write_bytes(b"half")
    kept = [f".m1.tmp-{dead.pid}-abcd", ".m[1].tmp-99999999999999999999-abcd", f".m[1].tmp-{dead.pid}-mine"]
    for name in kept:
        (tmp_path / name).write_bytes(b"not ours")
    save_atomically(tmp_path / "m[1]", NEW, nothing)
    assert only(tmp_path) == sorted([*kept, "m[1]"])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("moment", ["os.open", "write", "os.fsync", "check", "os.replace"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_each_step(tmp_path: Path, moment: str, after: bool) -> None:
    """57: just before or just after each step of saving; in the middle of writing."""
    path = tmp_path / "m"
    path.write_bytes(OLD)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), moment, str(after)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == (b"new" * 100_000 if (moment, after) == ("os.replace", True) else OLD)
    save_atomically(path, NEW, nothing)
    assert only(tmp_path) == ["m"]


KILLED = """
import os, pathlib, signal, sys
from lamina.model import saving
path, moment, after = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "True"

def die(*arguments, **named):
    result = step(*arguments, **named) if after else None
    os.kill(os.getpid(), signal.SIGKILL)

def die_writing(target, data):
    with open(target, "xb") as file:
        file.write(data[: len(data) // 2])
        if after:
            os.fsync(file.fileno())
        os.kill(os.getpid(), signal.SIGKILL)

step = lambda *arguments, **named: None
if moment.startswith("os."):
    step = getattr(os, moment[3:])
    setattr(os, moment[3:], die)
elif moment == "write":
    saving._write = die_writing
saving.save_atomically(path, b"new" * 100_000, die if moment == "check" else lambda written: None)
"""


def kill_while_saving(folder: Path, times: int) -> None:
    """57: kill a process that saves all the time, at random moments."""
    program = (
        "import pathlib, sys\n"
        "from lamina.model.saving import save_atomically\n"
        "path, number = pathlib.Path(sys.argv[1]), 0\n"
        "print('go', flush=True)\n"
        "while True:\n"
        "    number = (number + 1) % 256\n"
        "    save_atomically(path, bytes([number]) * 200_000, lambda written: None)\n"
    )
    path, chance = folder / "m", random.Random(1)
    for _ in range(times):
        saver = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
        assert saver.stdout is not None
        saver.stdout.readline()
        time.sleep(chance.uniform(0.002, 0.05))
        saver.send_signal(signal.SIGKILL)
        saver.wait()
        saver.stdout.close()
        if path.exists():
            data = path.read_bytes()
            assert len(data) == 200_000
            assert len(set(data)) == 1
    save_atomically(path, NEW, nothing)
    assert only(folder) == ["m"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_while_saving(tmp_path: Path) -> None:
    kill_while_saving(tmp_path, 20)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_while_saving_often(tmp_path: Path) -> None:
    kill_while_saving(tmp_path, 200)


def test_free_names_count_up(tmp_path: Path) -> None:
    path = tmp_path / "digits.safetensors"
    assert free_name(path) == path
    path.touch()
    (tmp_path / "digits-2.safetensors").touch()
    assert free_name(path).name == "digits-3.safetensors"


def test_a_checkpoint_stands_beside_its_model() -> None:
    assert checkpoint_path(Path("a/digits.safetensors")) == Path("a/digits.checkpoint.safetensors")
