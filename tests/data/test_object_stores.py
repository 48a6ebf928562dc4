"""Objects in stores: fetched through fsspec, and what a store may do on the way."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.data import remote_blocks
from lamina.data.remote import local_path
from lamina.data.stored_columns import StoredColumns
from lamina.errors import FetchError
from lamina.model.answers import answers
from tests import trained
from tests.data.test_remote import BIG, LONGER, TABLE, files


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("kind", "there", "complaint"),
    [
        ("s3", (), r'it needs the package fsspec and s3fs: pip install "lamina\[remote\]" s3fs'),
        ("gs", ("fsspec",), r"it needs the package gcsfs: pip install gcsfs"),
        ("memory", (), r'it needs the package fsspec: pip install "lamina\[remote\]"'),
    ],
)
def test_a_package_that_is_missing_is_named(
    kind: str, there: tuple[str, ...], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name in there else None)
    with pytest.raises(FetchError, match=complaint):
        local_path(f"{kind}://bucket/t.csv")


@pytest.fixture
def memory() -> Any:
    """An object store in memory."""
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/shapes.csv", TABLE)
    yield store
    store.rm("/bucket", recursive=True)


def test_an_object_is_fetched_once_for_each_state(memory: Any, cache: Path) -> None:
    first = local_path("memory://bucket/shapes.csv")
    written = first.stat().st_mtime_ns
    assert local_path("memory://bucket/shapes.csv") == first
    assert first.stat().st_mtime_ns == written
    memory.pipe("/bucket/shapes.csv", LONGER)
    assert local_path("memory://bucket/shapes.csv").read_bytes() == LONGER
    assert len(lamina.read("memory://bucket/shapes.csv", target="kind")) == 61


def test_what_a_store_may_say(memory: Any) -> None:
    with pytest.raises(FetchError, match="there is no such object; look at the address"):
        local_path("memory://bucket/nothing.csv")
    with pytest.raises(FetchError, match="it is a folder; give one file of it, or put it all in one archive"):
        local_path("memory://bucket")


class Odd:
    """A file of a store that does something before its end."""

    def __init__(self, file: Any, before_end: Any) -> None:
        self._file, self._before_end = file, before_end

    def __enter__(self) -> Odd:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, count: int) -> bytes:
        data: bytes = self._file.read(count)
        return data or self._before_end() or b""


def pause() -> None:
    time.sleep(3)


def refuse() -> None:
    raise PermissionError("Forbidden")


def break_off() -> None:
    raise ConnectionResetError("peer has left")


@pytest.mark.parametrize(
    ("before_end", "reason"),
    [
        ("change", "it was changed while it was fetched; try again"),
        (pause, "it said nothing for 0.5 seconds; try again"),
        (refuse, r"you may not read it \(Forbidden\); the store's own settings hold your credentials"),
        (break_off, r"peer has left \(ConnectionResetError\); try again"),
        (lambda: b"more", "it has more than the"),
    ],
    ids=["changed", "silent", "refused", "broken off", "longer"],
)
def test_a_store_that_misbehaves(
    before_end: Any, reason: str, memory: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change() -> None:
        memory.pipe("/bucket/shapes.csv", LONGER)

    usual = type(memory).open
    acts = change if before_end == "change" else before_end
    monkeypatch.setattr(
        type(memory), "open",
        lambda self, path, mode="rb", **how: Odd(usual(self, path, mode, **how), acts) if mode == "rb" else
        usual(self, path, mode, **how),
    )  # fmt: skip
    with pytest.raises(FetchError, match=reason):
        local_path("memory://bucket/shapes.csv", timeout=0.5)
    assert files(cache) == []


def test_an_object_that_is_shorter_than_it_says(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    head = remote_blocks._head
    monkeypatch.setattr(remote_blocks, "_head", lambda *of: remote_blocks.Head(999_999, head(*of).mark))
    with pytest.raises(FetchError, match=r"the connection ended after [\d,]+ of 999,999 bytes; try again"):
        local_path("memory://bucket/shapes.csv")


@pytest.mark.slow
def test_a_large_table_is_streamed_from_what_was_fetched(memory: Any) -> None:
    rows = b"a,b,c\n" + b"".join(b"%d,%d,%d\n" % (n, n % 11, n % 2) for n in range(120_000))
    memory.pipe("/bucket/large.csv", rows)
    dataset = lamina.read("memory://bucket/large.csv", target="c", memory="1MB")
    assert len(dataset) == 120_000
    assert isinstance(dataset.inputs.columns, StoredColumns)


def test_archives_and_predictions_too(memory: Any, tmp_path: Path) -> None:
    import io
    import zipfile

    from PIL import Image

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(8):
            picture = io.BytesIO()
            Image.fromarray(np.full((8, 8), 20 * number, np.uint8)).save(picture, "PNG")
            archive.writestr(f"{'dark' if number < 4 else 'light'}/{number}.png", picture.getvalue())
    memory.pipe("/bucket/shades.zip", data.getvalue())
    dataset = lamina.read("memory://bucket/shades.zip")
    assert (dataset.name, len(dataset), sorted(set(dataset.targets))) == ("shades", 8, ["dark", "light"])
    model = trained.iris()
    names = ",".join(f"{of} (cm)" for of in ("sepal length", "sepal width", "petal length", "petal width"))
    rows = names.encode() + b"\n5.1,3.5,1.4,0.2\n6.7,3,5.2,2.3\n"
    (tmp_path / "rows.csv").write_bytes(rows)
    memory.pipe("/bucket/rows.csv", rows)
    found, wanted = (answers(model, [where]) for where in ("memory://bucket/rows.csv", tmp_path / "rows.csv"))
    assert [one.prediction for one in found.rows] == [one.prediction for one in wanted.rows]
    assert len(found.rows) == 2


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store that speaks S3, on this machine: for this test install s3fs and moto[server]."""
    pytest.importorskip("s3fs")
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    import s3fs

    store = s3fs.S3FileSystem(skip_instance_cache=True)
    store.mkdir("shelf")
    yield store
    store.rm("shelf", recursive=True)
    server.stop()


@pytest.mark.filterwarnings("default")  # of the packages of the store, about themselves
def test_an_object_of_a_bucket(s3: Any, cache: Path) -> None:
    s3.pipe("s3://shelf/a/shapes.csv", TABLE)
    assert len(lamina.read("s3://shelf/a/shapes.csv", target="kind")) == 60
    first = local_path("s3://shelf/a/shapes.csv")
    assert files(cache) == ["shapes.csv"]
    s3.pipe("s3://shelf/a/shapes.csv", LONGER)
    assert local_path("s3://shelf/a/shapes.csv") != first
    assert len(lamina.read("s3://shelf/a/shapes.csv", target="kind")) == 61
    with pytest.raises(FetchError, match="there is no such object"):
        local_path("s3://shelf/a/nothing.csv")
    with pytest.raises(FetchError, match="it is a folder"):
        local_path("s3://shelf/a")
    s3.pipe("s3://shelf/large.bin", 5 * BIG)
    assert local_path("s3://shelf/large.bin").read_bytes() == 5 * BIG


@pytest.mark.filterwarnings("default")  # of the packages of the store, about themselves
def test_a_bucket_without_credentials(s3: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    s3.pipe("s3://shelf/shapes.csv", TABLE)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(FetchError, match=r"you may not read it \(.*redentials.*\); the store's own settings hold"):
        local_path("s3://shelf/shapes.csv")
