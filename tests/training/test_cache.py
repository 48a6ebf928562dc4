"""The cache of compiled programs: private, limited, shared by processes that start at once, no danger when damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lamina.training import cache

PROGRAM = """
import sys, jax, lamina
run = lamina.train("iris", epochs=2)
list(run)
print(jax.config.jax_compilation_cache_dir)
print(run.progress.history[-1].numbers["loss"])
"""


def started(folder: Path | str, *options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "LAMINA_CACHE": str(folder)}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    words = [sys.executable, *options, "-c", PROGRAM]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def said(process: subprocess.Popen[str]) -> list[str]:
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors[-2000:]
    return output.splitlines()


@pytest.mark.slow
def test_two_processes_that_start_at_once_share_a_private_cache(tmp_path: Path) -> None:
    first, second = (started(tmp_path / "cache") for _ in range(2))
    answers = [said(process) for process in (first, second)]
    folder = tmp_path / "cache" / "programs"
    assert answers[0] == answers[1]
    assert answers[0][0] == str(folder)
    assert os.name == "nt" or folder.stat().st_mode & 0o777 == 0o700
    found = {path.name: path.stat().st_size for path in folder.iterdir() if not path.name.endswith("-atime")}
    assert found
    assert said(started(tmp_path / "cache")) == answers[0]
    assert {p.name for p in folder.iterdir() if not p.name.endswith("-atime")} == found.keys(), "compiled again"


@pytest.mark.slow
def test_a_damaged_program_is_compiled_again(tmp_path: Path) -> None:
    healthy = said(started(tmp_path / "cache"))
    for path in (tmp_path / "cache" / "programs").iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert said(started(tmp_path / "cache")) == healthy
    assert said(started(tmp_path / "cache", "-W", "error")) == healthy, "what was damaged is told once, and replaced"


class Stopped(BaseException):
    """What ends a process in the middle of writing."""


def test_a_program_is_in_its_place_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lru_cache = pytest.importorskip("jax._src.lru_cache")
    monkeypatch.setattr(lru_cache.LRUCache, "put", lru_cache.LRUCache.put)  # undone afterwards
    cache._put_whole_files(tmp_path)
    programs = lru_cache.LRUCache(str(tmp_path), max_size=-1)
    programs.put("first", b"whole")
    assert programs.get("first") == b"whole"
    assert len(list(tmp_path.iterdir())) == 1

    def half(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise Stopped

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(Stopped):
        programs.put("second", b"whole")
    assert programs.get("second") is None


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the rights of files are told otherwise there")
def test_a_folder_that_others_may_write_to_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir(parents=True)
    (tmp_path / "programs").chmod(0o777)
    assert said(started(tmp_path))[0] == "None"
    assert not list((tmp_path / "programs").iterdir())


@pytest.mark.slow
def test_a_file_in_the_folders_place_and_an_empty_name_mean_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert said(started(tmp_path / "file"))[0] == "None"
    assert said(started(""))[0] == "None"


def test_the_programs_that_were_longest_unused_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_BYTES", 250)
    for age, name in enumerate(("new", "middle", "old", "oldest")):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    cache._forget_oldest(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["middle", "new"]
    cache._forget_oldest(tmp_path / "nowhere")
