"""Sources: points, bundled sets, uploads; the server names files, and a person's name reaches no path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lamina import DataError
from lamina.playground.settings import PageSettings
from lamina.playground.sources import MOST_UPLOADS, Sources
from tests.trained import iris

TABLE = b"age,size,kind\n" + b"".join(b"%d.5,%d.25,%s\n" % (i, i * i % 17, [b"a", b"b"][i % 2]) for i in range(60))


def of(name: str, **fields: object) -> PageSettings:
    return PageSettings(data=name, **{"features": (), "network": "4 relu", **fields})


def test_points_are_read_by_their_name(sources: Sources) -> None:
    settings = PageSettings(data="circle", examples=30, noise=0.2, data_seed=4)
    assert sources.where(settings) == "circle-examples30-noise0.2-seed4"
    assert len(sources.read(settings)) == 30
    assert sources.read(settings) is sources.read(settings)
    assert sources.columns(settings) == ()


def test_an_upload_is_kept_under_a_name_of_our_own(sources: Sources) -> None:
    found = sources.upload("../../etc/pass wd;rm.csv", TABLE)
    assert (found.name, found.title, found.kind) == ("upload 1", "pass wd;rm.csv", "data")
    path = Path(found.where)
    assert path.name == "pass-wd-rm.csv"
    assert path.read_bytes() == TABLE
    assert len(sources.read(of("upload 1", target="kind"))) == 60
    sources.close()
    assert not path.exists()


@pytest.mark.parametrize("title", ["con", "a" * 300 + ".csv", "\x1b[31m.csv", "<img src=x>.csv", "..", ""])
def test_no_name_reaches_the_disk(sources: Sources, title: str) -> None:
    path = Path(sources.upload(title, TABLE).where)
    assert re.fullmatch(r"[A-Za-z0-9-]{1,40}(\.csv)?", path.name)
    assert path.parent.name == "upload-1"


def test_columns_are_chosen_by_their_names(sources: Sources) -> None:
    sources.upload("t.csv", TABLE)
    assert sources.columns(of("upload 1", target="kind")) == ("age", "size")
    chosen = of("upload 1", target="kind", features=("size",))
    assert sources.reading(chosen) == {"target": "kind", "kinds": {"age": "drop"}}
    assert len(sources.read(chosen)) == 60
    with pytest.raises(DataError, match="'weight' is no column of upload 1; those are age, size"):
        sources.read(of("upload 1", target="kind", features=("weight",)))


def test_what_is_no_source(sources: Sources) -> None:
    with pytest.raises(DataError, match=r"there is no source 'upload 9'; there are circle, .*, digits"):
        sources.read(of("upload 9"))
    with pytest.raises(DataError, match="the file is empty"):
        sources.upload("a.csv", b"")
    with pytest.raises(DataError, match=r"there is no file or folder 'nowhere.csv'"):
        sources.add("nowhere.csv")
    sources.upload("a.csv", TABLE)
    with pytest.raises(DataError, match=r"there is no column 'color'|color"):
        sources.read(of("upload 1", target="color"))


def test_uploads_have_an_end(sources: Sources) -> None:
    for _ in range(MOST_UPLOADS):
        sources.upload("a.csv", b"x")
    with pytest.raises(DataError, match="50 files were uploaded: start `lamina play` again"):
        sources.upload("a.csv", b"x")


@pytest.mark.slow
def test_models_are_opened_and_data_is_not(sources: Sources, tmp_path: Path) -> None:
    data = iris().save(tmp_path / "iris.safetensors").read_bytes()
    assert sources.upload("my iris.safetensors", data).kind == "model"
    assert sources.model("upload 1").task == iris().task
    with pytest.raises(DataError, match=r"digits holds data; only a model file, NAME.safetensors, is opened"):
        sources.model("digits")
    with pytest.raises(DataError, match=r"my iris.safetensors is a model, which is opened; it holds no data"):
        sources.read(of("upload 1"))


def test_what_was_named_at_the_start_has_no_path_on_the_page(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(TABLE)
    found = sources.add(tmp_path / "people.csv")
    assert (found.name, found.title, found.stem) == ("people.csv", "people.csv", "people")
    assert len(sources.read(of("people.csv", target="kind"))) == 60


def test_a_table_without_a_known_target_gives_its_columns_to_choose_from(sources: Sources) -> None:
    unknown = sources.upload("plain.csv", TABLE.replace(b"kind", b"note"))
    assert sources.targets(unknown) == ("age", "size", "note")
    assert len(sources.read(of(unknown.name, target="note"))) == 60


def test_there_is_no_target_to_choose_where_it_is_found_or_nothing_can_be_read(
    sources: Sources, tmp_path: Path
) -> None:
    known = sources.upload("labelled.csv", TABLE.replace(b"kind", b"label"))
    model = sources.upload("m.safetensors", iris().save(tmp_path / "iris.safetensors").read_bytes())
    broken = sources.upload("broken.zip", b"PK\x03\x04 no archive")
    assert [sources.targets(one) for one in (known, model, broken)] == [(), (), ()]
