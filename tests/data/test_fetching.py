"""Fetching: whole and right or not there at all, whatever a server does; sentences that say what to do."""

from __future__ import annotations

import concurrent.futures
import hashlib
import os
import re
import time
import urllib.request
from email.message import Message
from pathlib import Path

import pytest

from lamina.data.fetching import STALE_SECONDS, NoWeakerScheme, RemoteFile, fetch, is_whole
from lamina.errors import DataError, FetchError, SaveError
from tests.data.server import Served, Server, serving

DATA = bytes(range(256)) * 3000


def remote(server: Server, *paths: str, data: bytes = DATA) -> RemoteFile:
    urls = tuple(server.address + path for path in paths or ("/set.bin",))
    return RemoteFile("set.bin", urls, len(data), hashlib.sha256(data).hexdigest())


def refusal(folder: Path, answer: Served | None, timeout: float = 20) -> str:
    """The message where a server answers so; nothing may be left in the folder."""
    with serving({"/set.bin": answer} if answer else {}) as server, pytest.raises(FetchError) as caught:
        fetch(remote(server), folder, timeout=timeout)
    assert [path.name for path in folder.iterdir()] == []
    text = str(caught.value)
    assert text.startswith(f"set.bin (768,000 bytes) could not be fetched: {server.address[7:]}: ")
    assert text.endswith(f"put the file there by hand: {server.address}/set.bin as {folder / 'set.bin'}")
    return text


def test_a_file_is_fetched_once_and_told_of(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    folder = tmp_path / "a" / "b"
    with serving({"/set.bin": Served(DATA)}) as server:
        first = fetch(remote(server), folder, lambda *now: told.append(now))
        again = fetch(remote(server), folder)
    assert first == again == folder / "set.bin"
    assert first.read_bytes() == DATA
    assert server.asked == ["/set.bin"], "what is here is not asked for again"
    assert [path.name for path in folder.iterdir()] == ["set.bin"], "no part of it is left beside it"
    assert told[0] == ("set.bin", 0, len(DATA))
    assert told[-1] == ("set.bin", len(DATA), len(DATA))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "it answers 404 (Not Found)"),
        (Served(status=503), "it answers 503 (Service Unavailable)"),
        (Served(DATA[:-5]), "the connection ended after 767,995 of 768,000 bytes"),
        (Served(DATA + b"!"), "it has more than the 768,000 bytes that it should have"),
        (Served(DATA[:-1] + b"!"), "it has other bytes than it should: its SHA-256 differs"),
        (Served(b""), "the connection ended after 0 of 768,000 bytes"),
        (
            Served(status=302, location="file:///etc/hostname"),
            "Redirection to url 'file:///etc/hostname' is not allowed",
        ),
        (Served(status=301, location="ftp://127.0.0.1/set.bin"), "it redirects from http to ftp"),
        (Served(status=302, location="/set.bin"), "it answers 302 (The HTTP server returned a redirect error"),
    ],
)
def test_what_a_server_may_do_wrong(tmp_path: Path, answer: Served | None, reason: str) -> None:
    assert reason in refusal(tmp_path, answer)


def test_a_connection_that_breaks_off(tmp_path: Path) -> None:
    text = refusal(tmp_path, Served(DATA[:1000], promised=len(DATA)))
    assert re.search(r"the connection ended (early|after 1,000 of 768,000 bytes)", text)


def test_a_server_that_falls_silent(tmp_path: Path) -> None:
    began = time.monotonic()
    assert "it said nothing for 0.2 seconds" in refusal(tmp_path, Served(DATA, pause=1.0), timeout=0.2)
    assert time.monotonic() - began < 15


def test_no_network(tmp_path: Path) -> None:
    with serving({}) as server:
        closed = remote(server)
    with pytest.raises(FetchError, match=r"no connection \(Connection refused\)"):
        fetch(closed, tmp_path)
    nowhere = RemoteFile("set.bin", ("https://nowhere.invalid/set.bin",), 1, "0" * 64)
    with pytest.raises(
        DataError, match=r"nowhere\.invalid: no connection \(.+\)\. Try again, or put the file there by"
    ):
        fetch(nowhere, tmp_path)


def test_what_is_no_web_address_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(DATA)
    local = RemoteFile("set.bin", ((tmp_path / "secret").as_uri(),), len(DATA), hashlib.sha256(DATA).hexdigest())
    with pytest.raises(FetchError, match="is no web address"):
        fetch(local, tmp_path / "sets")


def test_a_redirect_may_lead_to_an_encrypted_address_and_not_away_from_one() -> None:
    handler = NoWeakerScheme()
    ask = urllib.request.Request("https://example.org/set.bin")
    with pytest.raises(
        FetchError, match=r"it redirects from https to http \(http://example\.org/x\), which is refused"
    ):
        handler.redirect_request(ask, None, 302, "Found", Message(), "http://example.org/x")
    plain = urllib.request.Request("http://example.org/set.bin")
    for before in (ask, plain):
        after = handler.redirect_request(before, None, 302, "Found", Message(), "https://example.org/x")
        assert after.full_url == "https://example.org/x"


def test_a_redirect_within_the_web_is_followed_and_another_address_is_tried(tmp_path: Path) -> None:
    files = {"/moved": Served(status=302, location="/set.bin"), "/set.bin": Served(DATA)}
    with serving(files) as server:
        assert fetch(remote(server, "/gone", "/moved"), tmp_path).read_bytes() == DATA
    assert server.asked == ["/gone", "/moved", "/set.bin"]


def test_a_file_put_there_by_hand_is_taken_and_a_damaged_one_replaced(tmp_path: Path) -> None:
    (tmp_path / "set.bin").write_bytes(DATA)
    with serving({"/set.bin": Served(DATA)}) as server:
        fetch(remote(server), tmp_path)
        assert server.asked == []
        for damaged in (DATA[:-1], DATA[:-1] + b"!"):
            (tmp_path / "set.bin").write_bytes(damaged)
            assert not is_whole(tmp_path / "set.bin", remote(server))
            assert fetch(remote(server), tmp_path).read_bytes() == DATA


def test_many_at_once_all_get_the_whole_file(tmp_path: Path) -> None:
    with serving({"/set.bin": Served(DATA)}) as server, concurrent.futures.ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: fetch(remote(server), tmp_path).read_bytes(), range(6)))
    assert all(one == DATA for one in found)
    assert [path.name for path in tmp_path.iterdir()] == ["set.bin"]


def test_half_files_of_killed_processes_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    old, young = tmp_path / ".set.bin.part-1-ab", tmp_path / ".set.bin.part-2-cd"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - STALE_SECONDS - 60,) * 2)
    with serving({"/set.bin": Served(DATA)}) as server:
        fetch(remote(server), tmp_path)
    assert not old.exists()
    assert young.exists()


def test_a_stop_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    def stop(name: str, done: int, size: int) -> None:
        if done:
            raise KeyboardInterrupt

    with serving({"/set.bin": Served(DATA)}) as server, pytest.raises(KeyboardInterrupt):
        fetch(remote(server), tmp_path, stop)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with serving({}) as server, pytest.raises(SaveError, match=r"the folder cannot be made .*LAMINA_DATASETS names"):
        fetch(remote(server), tmp_path / "file" / "sets")
