"""What an installation takes: bytes by pip's own lists, pip's reason where it fails, what is reused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import packaging


def put(packages: Path, name: str, version: str, files: dict[str, bytes]) -> None:
    """A distribution as pip leaves it: files, and a RECORD that lists them."""
    about = packages / f"{name}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    for place, content in files.items():
        (packages / place).parent.mkdir(parents=True, exist_ok=True)
        (packages / place).write_bytes(content)
    (about / "RECORD").write_text("".join(f"{place},,\n" for place in [*files, "gone.py"]), encoding="utf-8")


def test_bytes_are_those_of_the_files_that_pip_lists(tmp_path: Path) -> None:
    put(tmp_path, "peer", "2.0", {"peer/a.py": b"x" * 100})
    put(tmp_path, "Peer.core", "1.0", {"peer/core.py": b"x" * 30})
    put(tmp_path, "peerless", "1.0", {"peerless.py": b"x" * 7})
    put(tmp_path, "nvidia_cublas", "13.0", {"cublas.so": b"x" * 2000})
    put(tmp_path, "pip", "26.0", {"pip/x.py": b"x" * 1000})
    (tmp_path / "left.py").write_bytes(b"x" * 500)
    assert packaging.measure("peer", tmp_path) == packaging.Installed("2.0", 130, 2137, 2000, 4)


def test_the_reason_is_the_first_error_without_an_address() -> None:
    told = "WARNING: old\nERROR: No matching distribution found for peer (from https://host/x y)\nERROR: later\n"
    assert packaging.reason(told) == "No matching distribution found for peer (from y)"
    assert packaging.reason("  error: subprocess-exited-with-error\n") == "subprocess-exited-with-error"
    assert packaging.reason("first\nkilled.") == "killed"


def test_what_was_installed_is_reused_and_what_failed_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def pip(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(words)
        return subprocess.CompletedProcess(words, 1, "", "ERROR: needs another Python")

    monkeypatch.setattr("benchmarks.packaging.run", lambda words: Path(words[-1]).mkdir())
    monkeypatch.setattr("subprocess.run", pip)
    (tmp_path / "constraints.txt").write_text("jax<1\nnumpy\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "constraints.txt"))
    peer = packaging.Library("peer", ("peer", "jax"), "import peer")
    assert packaging.install(peer, tmp_path / "peer") == "needs another Python"
    assert packaging.install(peer, tmp_path / "peer") == "needs another Python"
    assert [words[1:] for words in asked] == [["-m", "pip", "install", "--quiet", "peer", "jax"]]
    assert json.loads((tmp_path / "peer" / "installed.json").read_text()) == {
        "failed": "needs another Python", "constraints": "jax<1, numpy",
    }  # fmt: skip
    title = "PyTorch"
    monkeypatch.setitem(packaging.LIBRARIES, title, peer)
    assert packaging._told_of(title, tmp_path) == (
        "PyTorch with jax<1, numpy could not be measured here: needs another Python."
    )


def test_lamina_is_built_from_a_copy_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []

    def pip(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if "-c" in words:
            return subprocess.CompletedProcess(words, 0, "", "")
        copied = Path(words[-1])
        seen.append({path.name for path in copied.iterdir()})
        assert (copied / "src" / "lamina" / "__init__.py").is_file()
        assert not list(copied.rglob("*.egg-info"))
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr("benchmarks.packaging.run", lambda words: Path(words[-1]).mkdir())
    monkeypatch.setattr("subprocess.run", pip)
    for _ in range(2):
        assert packaging.install(packaging.LIBRARIES["Lamina"], tmp_path / "lamina") == ""
    assert seen == [set(packaging.SOURCES)] * 2


def test_what_cannot_be_imported_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        errors = "Traceback (most recent call last):\n  x\nImportError: cannot import name 'y'\n"
        return subprocess.CompletedProcess(words, int("-c" in words), "", errors)

    monkeypatch.setattr("benchmarks.packaging.run", lambda words: Path(words[-1]).mkdir())
    monkeypatch.setattr("subprocess.run", answer)
    peer = packaging.Library("peer", ("peer",), "import peer")
    assert packaging.install(peer, tmp_path / "peer") == "its import fails, ImportError: cannot import name 'y'"
