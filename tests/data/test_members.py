"""Archives and folders as names and bytes: nothing is unpacked to disk, leads out, or grows without end."""

from __future__ import annotations

import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import lamina
from lamina.data import members
from lamina.data.members import archive_members, folder_members, is_archive, read_file
from lamina.errors import DataError
from tests.data.makers import encoded, noise, tarred, write, zipped


def test_names_that_lead_out_are_only_names(tmp_path: Path) -> None:
    files = {"../../evil.png": b"1", "/etc/x.png": b"2", "a\\b.png": b"3", "a/./c.png": b"4"}
    for archive in (zipped(tmp_path / "x.zip", files), tarred(tmp_path / "x.tar", files, "w")):
        found = archive_members(archive)
        assert sorted(found.names) == ["a/b.png", "a/c.png", "etc/x.png", "evil.png"]
        assert {found.load(row) for row in range(4)} == {b"1", b"2", b"3", b"4"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.tar", "x.zip"]


def test_links_and_devices_in_a_tar_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (("link.png", tarfile.SYMTYPE), ("hard.png", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("a.png")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    found = archive_members(path)
    assert found.names == ("a.png",)
    assert set(found.ignored) == {"link.png", "hard.png", "pipe"}


def test_a_member_that_says_it_is_huge_is_one_bad_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MAX_MEMBER", 1000)
    found = archive_members(zipped(tmp_path / "x.zip", {"a.png": b"x" * 1001, "b.png": b"y"}))
    with pytest.raises(DataError, match="unpacked it has 1,001 bytes; at most 1,000 are taken"):
        found.load(0)
    assert found.begin(0) == b""
    assert found.load(1) == b"y"
    write(tmp_path, {"big": b"x" * 1001})
    with pytest.raises(DataError, match="it has 1,001 bytes; at most 1,000"):
        read_file(tmp_path / "big")


def test_a_zip_bomb_gives_no_more_than_it_says(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", b"\x00" * 10_000_000)
    data = bytearray(path.read_bytes())
    place = data.rfind(b"PK\x01\x02") + 24
    data[place : place + 4] = (100).to_bytes(4, "little")  # the directory lies about the size
    path.write_bytes(data)
    found = archive_members(path)
    try:
        assert len(found.load(0)) <= 100
    except DataError as error:
        assert "it cannot be unpacked" in str(error)  # noqa: PT017  # either way, it is bounded


def test_a_compressed_tar_that_grows_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MAX_TAR", 5000)
    path = tarred(tmp_path / "x.tar.gz", {"a.png": b"\x00" * 3000, "b.png": b"\x00" * 3000})
    with pytest.raises(DataError, match="unpacked it has more than 5,000 bytes: unpack it and give the folder"):
        archive_members(path)


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz"])
def test_damaged_archives(name: str, tmp_path: Path) -> None:
    files = {f"cat/{n}.png": os.urandom(3000) for n in range(4)}
    path = (
        zipped(tmp_path / name, files)
        if name == "x.zip"
        else tarred(tmp_path / name, files, "w:gz" if "gz" in name else "w")
    )
    whole = path.read_bytes()
    assert is_archive(path)
    for length in range(0, len(whole), 517):
        path.write_bytes(whole[:length])
        if not is_archive(path):
            continue
        try:
            found = archive_members(path)
        except DataError:
            continue
        for row, member in enumerate(found.names):  # what is given out is right
            assert found.load(row) == files[member]


def test_a_flipped_byte_in_a_zip_is_one_bad_example(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.png": b"A" * 500, "b.png": b"B" * 500})
    data = bytearray(path.read_bytes())
    data[data.find(b"AAAA") + 100] ^= 1
    path.write_bytes(data)
    found = archive_members(path)
    with pytest.raises(DataError, match="it cannot be unpacked"):
        found.load(0)
    assert found.load(1) == b"B" * 500


def test_a_locked_zip_is_said(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.png": b"A" * 50})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"it cannot be unpacked \(.*encrypted"):
        archive_members(path).load(0)


def test_a_file_that_vanishes_is_one_bad_example(tmp_path: Path) -> None:
    found = folder_members(write(tmp_path, {"cat/a.png": b"x"}))
    (tmp_path / "cat" / "a.png").unlink()
    with pytest.raises(DataError, match="there is no such file"):
        found.load(0)
    assert found.begin(0) == b""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps names that are no Unicode")
def test_names_that_are_no_unicode_are_written_with_their_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    write(folder, {"a/1.png": encoded(noise(0)), "a/2.png": encoded(noise(0)), "b/3.png": encoded(noise(0))})
    os.rename(folder / "b", os.fsencode(folder) + b"/caf\xe9")
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(folder, "pictures")
    for source in (folder, tmp_path / "x.tar"):
        dataset = lamina.read(source)
        assert sorted(set(dataset.targets.tolist())) == ["a", r"caf\udce9"]
        assert len(dataset.fingerprint) == 64


def test_what_a_tar_holds_beyond_its_share_of_memory_is_read_from_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "TAR_IN_MEMORY", 700)
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "cache"))
    files = {f"{name}.bin": bytes([number]) * (300 * number) for number, name in enumerate("dbca")}
    found = members.archive_members(tarred(tmp_path / "x.tar.gz", files))
    assert found.names == ("a.bin", "b.bin", "c.bin", "d.bin")
    assert [found.load(row) for row in range(4)] == [files[name] for name in found.names]
    assert found.begin(0) == files["a.bin"][: members.BEGINNING]
