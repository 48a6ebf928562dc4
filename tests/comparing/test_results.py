"""The file of a comparison: what was written is read again, and nothing else is taken for it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lamina import DataError, SaveError, SettingError
from lamina.comparing.compare import start
from lamina.comparing.results import LeftOut, load_found, require_same, save_found
from lamina.comparing.verdict import conclude
from tests.comparing.made import FLOWERS, found

LEFT = (LeftOut("SVM", "HOG", 100.0, 2, "stopped by Ctrl-C"),)


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    path, made = tmp_path / "flowers.json", found(FLOWERS, left_out=LEFT)
    save_found(path, made, conclude(made))
    assert load_found(path) == made
    document = json.loads(path.read_text())
    assert document["verdict"].startswith("more data would still help")
    assert [one["name"] for one in document["curves"]] == list(FLOWERS)
    assert document["left_out"][0]["why"] == "stopped by Ctrl-C"


def test_what_is_no_comparison(tmp_path: Path) -> None:
    path = tmp_path / "flowers.json"
    with pytest.raises(DataError, match=r"cannot be read .*--resume goes on with a saved comparison"):
        load_found(path)
    for text in ("", "{", "[]", "{}", '{"format": 1}', '{"format": 1, "header": {"sizes": 3}}', "é"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match="is no comparison of Lamina's"):
            load_found(path)
    path.write_text('{"format": 2}')
    with pytest.raises(DataError, match="has the format 2; this version of Lamina reads 1"):
        load_found(path)


def test_every_beginning_of_a_file_is_refused(tmp_path: Path) -> None:
    path, made = tmp_path / "flowers.json", found(FLOWERS)
    save_found(path, made)
    data = path.read_bytes()
    for length in range(0, len(data) - 2, 97):
        path.write_bytes(data[:length])
        with pytest.raises(DataError):
            load_found(path)


def test_another_comparison_is_not_gone_on_with(tmp_path: Path) -> None:
    header = found(FLOWERS).header
    require_same(tmp_path, header, header)
    for change in (
        {"seeds": 4},
        {"sizes": (5.0,)},
        {"fingerprint": "e" * 64},
        {"target": "size"},
        {"reading": "group=garden"},
        {"folds": "e" * 16},
    ):
        with pytest.raises(SettingError, match=f"was made with another {next(iter(change))} "):
            require_same(tmp_path, header, replace(header, **change))


def test_of_many_columns_those_are_named_that_were_read_in_another_way(tmp_path: Path) -> None:
    header = replace(found(FLOWERS).header, kinds=("length=number", "color=category"))
    with pytest.raises(SettingError, match=r"another kinds \(color=category instead of color=text\)"):
        require_same(tmp_path, header, replace(header, kinds=("length=number", "color=text")))


def test_groups_and_kinds_are_part_of_what_is_compared(tmp_path: Path) -> None:
    """The values are the same; who is tested on them is not, or what is learnt from."""
    lines = [f"{row % 7},{row % 11},g{row // 6},{'xy'[row % 2]}" for row in range(120)]
    (tmp_path / "made.csv").write_text("\n".join(["a,b,garden,kind", *lines]) + "\n")
    path, options = tmp_path / "made.json", {"target": "kind", "sizes": [100], "seeds": 2, "seconds": 0}
    list(start(tmp_path / "made.csv", path=path, group="garden", **options))
    assert list(start(tmp_path / "made.csv", path=path, group="garden", resume=True, **options)) == []
    for other, told in (
        ({"group": "b"}, "reading"),
        ({}, "reading"),
        ({"group": "garden", "kinds": {"a": "category"}}, "kinds"),
    ):
        with pytest.raises(SettingError, match=f"was made with another {told} "):
            start(tmp_path / "made.csv", path=path, resume=True, **other, **options)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="cannot be saved"):
        save_found(tmp_path / "nowhere" / "flowers.json", found(FLOWERS))
