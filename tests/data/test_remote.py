"""Sources at addresses: fetched whole, once for each state, or a sentence that says what to do, in a stated time."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina.data import remote
from lamina.data.remote import DAYS_KEPT, local_path, name_of, shown
from lamina.errors import DataError, FetchError, SaveError
from tests.cli import program
from tests.data.server import Served, serving

TABLE = b"width,height,kind\n" + b"".join(b"%d,%d.5,%s\n" % (n, n % 7, b"a" if n < 30 else b"b") for n in range(60))
LONGER = TABLE + b"60,4.5,a\n"
BIG = bytes(range(256)) * 2000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def files(cache: Path) -> list[str]:
    """What lies in the private folder."""
    return sorted(path.name for path in (cache / "remote").glob("**/*") if path.is_file())


def test_a_table_on_the_web_is_read_as_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "shapes.csv").write_bytes(TABLE)
    here = lamina.read(str(tmp_path / "shapes.csv"), target="kind")
    with serving({"/a/shapes.csv?key=secret": Served(TABLE)}) as server:
        there = lamina.read(f"{server.address}/a/shapes.csv?key=secret", target="kind")
    assert (there.name, there.notes[1:]) == ("shapes", here.notes)
    assert there.notes[0] == f"fetched from {server.address}/a/shapes.csv"
    np.testing.assert_array_equal(there.targets, here.targets)


def test_it_is_fetched_again_only_when_it_has_changed(cache: Path) -> None:
    pages = {"/t.csv": Served(TABLE, headers={"ETag": '"one"'})}
    with serving(pages) as server:
        first = local_path(f"{server.address}/t.csv")
        written = first.stat().st_mtime_ns
        assert local_path(f"{server.address}/t.csv") == first
        assert first.stat().st_mtime_ns == written, "what is here is not written again"
        pages["/t.csv"] = Served(LONGER, headers={"ETag": '"two"'})
        second = local_path(f"{server.address}/t.csv")
    assert (first.read_bytes(), second.read_bytes()) == (TABLE, LONGER)
    assert files(cache) == ["t.csv", "t.csv"], "and no half files"


def test_a_server_that_tells_no_state_is_believed_each_time(cache: Path) -> None:
    pages = {"/t.csv": Served(TABLE)}
    with serving(pages) as server:
        assert local_path(f"{server.address}/t.csv").read_bytes() == TABLE
        pages["/t.csv"] = Served(LONGER)
        assert local_path(f"{server.address}/t.csv").read_bytes() == LONGER
    assert files(cache) == ["t.csv"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "it answers 404 (Not Found): look at the address"),
        (Served(status=403), "it answers 403 (Forbidden): you may not read it; an object store's own address"),
        (Served(status=503), "it answers 503 (Service Unavailable); try again"),
        (Served(BIG[:-5], promised=len(BIG)), "the connection ended"),
        (Served(TABLE, headers={"Content-Length": None}), "it does not say how long the file is"),
        (Served(TABLE, headers={"Content-Length": "-3"}), "it says that the file has '-3' bytes"),
        (
            Served(status=302, location="file:///etc/hostname"),
            "it answers 302 (Found - Redirection to url 'file:///etc/hostname' is not allowed)",
        ),
        (Served(BIG, pause=3.0), "it said nothing for 0.5 seconds"),
        (Served(BIG, each=100), "it said nothing for 0.5 seconds"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_a_server_may_do_is_said_in_time(answer: Served | None, reason: str, cache: Path) -> None:
    began = time.monotonic()
    with serving({"/t.csv?key=secret": answer} if answer else {}) as server, pytest.raises(FetchError) as caught:
        local_path(f"{server.address}/t.csv?key=secret", timeout=0.5)
    assert time.monotonic() - began < 5
    assert str(caught.value).startswith(f"{server.address}/t.csv could not be fetched: {reason}")
    assert "secret" not in str(caught.value)
    assert files(cache) == [], "nothing of it is left"


def test_a_server_that_is_not_there() -> None:
    with serving({}) as server:
        address = server.address
    with pytest.raises(
        FetchError, match=r"could not be fetched: no connection \(Connection (refused|reset by peer)\); try"
    ):
        local_path(f"{address}/t.csv")


def test_what_is_sent_in_pieces_of_unknown_number_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (TABLE[:9], TABLE[9:])) + b"0\r\n\r\n"
    headers = {"Content-Length": None, "Transfer-Encoding": "chunked"}
    with serving(
        {"/t.csv": Served(pieces, headers=headers), "/cut.csv": Served(pieces[:-20], headers=headers)}
    ) as server:
        assert local_path(f"{server.address}/t.csv").read_bytes() == TABLE
        with pytest.raises(FetchError, match="the connection ended early"):
            local_path(f"{server.address}/cut.csv")
        monkeypatch.setattr(remote, "MOST_BYTES", 100)
        with pytest.raises(FetchError, match="it has more than the 100 bytes"):
            local_path(f"{server.address}/t.csv")


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("ftp2://host/a.csv", r"ftp2://host/a\.csv: there is no way to ftp2://; known are http://, https://, s3://"),
        ("https://me:word@host/a.csv", r"https://host/a\.csv: an address with a password in it"),
        ("memory://a.zip::s3://b/c", "addresses within addresses are not read"),
    ],
)
def test_an_address_that_nothing_reads(address: str, complaint: str) -> None:
    with pytest.raises(FetchError, match=complaint) as caught:
        lamina.read(address)
    assert "word" not in str(caught.value).replace("password", "")


def test_too_large_a_file_is_refused_before_it_comes(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote.shutil, "disk_usage", lambda folder: type("", (), {"free": 1000})())
    with serving({"/t.csv": Served(BIG, pause=20)}) as server:
        with pytest.raises(SaveError, match=r"the file needs 0\.00 GB, and 0\.00 GB are free"):
            local_path(f"{server.address}/t.csv")
        monkeypatch.setattr(remote, "MOST_BYTES", 100)
        with pytest.raises(FetchError, match="it has 512,000 bytes; a file from another machine has at most 100"):
            local_path(f"{server.address}/t.csv")
    assert files(cache) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_the_folder_is_its_owners_and_old_copies_make_room(cache: Path) -> None:
    with serving({"/a.csv": Served(TABLE), "/b.csv": Served(TABLE)}) as server:
        old = local_path(f"{server.address}/a.csv")
        long_ago = time.time() - (DAYS_KEPT + 1) * 86_400
        os.utime(old.parent, (long_ago, long_ago))
        local_path(f"{server.address}/b.csv")
    assert files(cache) == ["b.csv"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (cache / "remote").glob("*/*")} == {0o700}


def test_names_and_addresses_are_told_without_secrets() -> None:
    assert name_of("s3://bucket/..%2f..%2fmy%20data.csv") == "my_data.csv"
    assert name_of("s3://bucket/..") == "data"
    assert name_of("s3://bucket/a:b|c.csv") == "a_b_c.csv"
    assert name_of("memory://data.csv") == "data.csv"
    assert name_of("https://host/") == "host"
    assert shown("https://u:p@host:80/a?x#y") == "https://host:80/a"
    assert shown("abfs://container@account.dfs/a.csv") == "abfs://container@account.dfs/a.csv"


def test_a_page_cannot_ask_for_an_address() -> None:
    from lamina.playground.sources import Sources

    with Sources() as sources, pytest.raises(DataError, match="there is no file or folder"):
        sources.add("http://127.0.0.1:9/t.csv")


def test_progress_is_told() -> None:
    from lamina.data.watching import watched

    seen: list[tuple[str, int, int]] = []
    with serving({"/t.bin": Served(BIG)}) as server, watched(lambda *now: seen.append(now)):
        local_path(f"{server.address}/t.bin")
    assert seen[-1] == ("fetching t.bin, kB", 512, 512)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


@pytest.mark.slow
def test_commands_take_addresses(tmp_path: Path) -> None:
    with serving({"/shapes.csv": Served(TABLE)}) as server:
        address = f"{server.address}/shapes.csv"
        trained_there = program.lamina(tmp_path, "train", address, "--target", "kind", "--epochs", 1)
        answered = program.lamina(tmp_path, "predict", "shapes.safetensors", address, "--csv")
        lost = program.lamina(tmp_path, "check", f"{server.address}/lost.csv")
    assert trained_there.status == 0, trained_there
    assert f"fetched from {address}" in trained_there.out + trained_there.err
    assert len(answered.out.splitlines()) == 61
    assert program.error_of(lost).startswith(f"{server.address}/lost.csv could not be fetched: it answers 404")
