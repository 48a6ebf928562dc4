"""Models of a server: names, sizes that are compiled, files that are replaced while it answers."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lamina.data.sent_inputs import sent_values
from lamina.errors import ModelFileError, SettingError
from lamina.model.answers import prepare
from lamina.serving.app import OPEN_PATHS, app_for
from lamina.serving.models import Models, files_by_name
from lamina.serving.served import SIZES, Served
from lamina.web.access import Access, hosts_for
from lamina.web.limits import Limits
from tests import trained
from tests.serving.servers import infer, outputs, saved, serving, tensor
from tests.web.live import Live, live, until

FLOWER = [[5.1, 3.5, 1.4, 0.2]]


def test_names_of_files_and_given_ones(tmp_path: Path) -> None:
    found = files_by_name(["a/x.safetensors", "y=a/x.safetensors"])
    assert found == {"x": Path("a/x.safetensors"), "y": Path("a/x.safetensors")}
    odd = tmp_path / "a=1.safetensors"
    odd.touch()
    with pytest.raises(SettingError, match="has no name that can stand in an address"):
        files_by_name([str(odd)])
    with pytest.raises(
        SettingError, match=r"two models are called x: give one of them another name, as NAME=b/x\.safetensors"
    ):
        files_by_name(["a/x.safetensors", "b/x.safetensors"])
    with pytest.raises(
        SettingError, match=r"has no name that can stand in an address: give it one, as NAME=my model\.s"
    ):
        files_by_name(["my model.safetensors"])


def test_a_file_that_is_no_model_is_refused_before_anything_listens(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelFileError, match=r"x\.safetensors"):
        Models({"x": tmp_path / "x.safetensors"}, Limits(), print)


@pytest.mark.slow
def test_a_model_whose_tables_name_pictures_cannot_be_served() -> None:
    with pytest.raises(SettingError, match=r"x takes tables whose .* names pictures, and a server opens no files"):
        Served("x", "1", trained.pictured(), Limits())


def test_nothing_is_compiled_after_it_is_ready() -> None:
    served = Served("digits", "1", trained.digits(), Limits())
    served.warm_up()
    forward: Any = served._forward._forward
    before = forward._cache_size()
    assert before == len(SIZES)
    for count in range(1, 150):
        prepared = prepare(served.model, sent_values(np.zeros((count, 8, 8, 1), np.uint8), served.model.encoder))
        assert len(served._predict(np.asarray(prepared.encoded))) == count
    assert forward._cache_size() == before


@pytest.mark.parametrize("name", ["digits", "iris", "diabetes", "sounds", "table", "several"])
def test_answers_in_batches_of_any_size_are_those_of_predict(name: str) -> None:
    model = trained.MODELS_AND_TABLES[name]()
    served = Served(name, "1", model, Limits())
    examples = [model.encoder.encode_raw(one) for one in model.encoder.made_up()]
    rows = np.stack((examples * 70)[:70])
    expected = model.answers(rows)
    for size in (1, 3, 16, 70):
        for start in range(0, 70 - size + 1, size):
            for found, right in zip(served._predict(rows[start : start + size]), expected[start:], strict=False):
                assert found is not None
                if isinstance(right.value, str):
                    assert found.value == right.value
                    assert found.probabilities == pytest.approx(right.probabilities, abs=1e-6)
                else:
                    assert found.value == pytest.approx(right.value, rel=1e-5)


def test_an_answer_that_is_no_number_is_an_error_of_its_own_request() -> None:
    served = Served("diabetes", "1", trained.diabetes(), Limits())
    rows = np.zeros((3, 10), np.float32)
    rows[1] = np.nan
    assert [one is None for one in served._predict(rows)] == [False, True, False]


def change(path: Path, data: bytes) -> None:
    """Another file in its place, at once, as `lamina train` does it."""
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)


@pytest.mark.slow
def test_a_new_file_takes_over_and_a_damaged_one_does_not(tmp_path: Path) -> None:
    log: list[str] = []
    path = saved(tmp_path, "iris")["iris"]
    good = path.read_bytes()
    models = Models({"iris": path}, Limits(), log.append)
    flower = tensor("rows", "FP64", FLOWER)
    with live(app_for(models, Access(hosts_for("127.0.0.1"), None, OPEN_PATHS))) as server:
        until(lambda: models.ready)
        before = outputs(infer(server, "iris", flower))
        for bad in (good[: len(good) // 2], b"", good[:-1] + bytes([good[-1] ^ 1])):
            count = len(log)
            change(path, bad)
            until(lambda count=count: len(log) > count)
            assert log[-1].startswith("iris: the new file is refused, the model before it goes on answering: ")
            assert outputs(infer(server, "iris", flower)) == before
        path.unlink()
        change(path, trained.normalized().save(tmp_path / "other.safetensors").read_bytes())
        until(lambda: log[-1] == "iris is replaced by its new file: version 2")
        assert server.ask("GET", "/v2/models/iris").json["inputs"][0]["name"] == "pictures"
        assert server.ask("GET", "/v2/models/iris/versions/2").status == 200
        assert server.ask("GET", "/v2/models/iris/versions/1").status == 404


@pytest.mark.slow
def test_what_is_there_to_stay_is_left_out_of_the_search_for_garbage(tmp_path: Path) -> None:
    before = gc.get_freeze_count()
    path = saved(tmp_path, "iris")["iris"]
    log: list[str] = []
    models = Models({"iris": path}, Limits(), log.append)
    asyncio.run(models.warm_up())
    assert gc.get_freeze_count() > max(before, 10_000)
    old = weakref.ref(models.get("iris"))
    for name, version in ((trained.iris, "2"), (trained.diabetes, "3")):
        change(path, name().save(tmp_path / f"{version}.safetensors").read_bytes())
        asyncio.run(models._replace("iris"))
        assert models.get("iris").version == version
    assert old() is None  # frozen as it was, it is found once it has gone
    models.close()
    assert gc.get_freeze_count() == 0


@pytest.mark.slow
def test_a_slow_model_is_given_up_and_goes_on() -> None:
    go_on = threading.Event()
    with serving("iris", limits=Limits(request_seconds=0.5)) as (server, models):
        batcher: Any = models.get("iris")._batcher
        from concurrent.futures import ThreadPoolExecutor

        quick, batcher._pool = batcher._compute, ThreadPoolExecutor(1)
        batcher._compute = lambda rows: (go_on.wait(20), quick(rows))[1]
        answer = infer(server, "iris", tensor("rows", "FP64", FLOWER))
        assert (answer.status, answer.error) == (504, "the answer took too long")
        assert server.ask("GET", "/v2/health/ready").status == 200
        go_on.set()
        until(lambda: infer(server, "iris", tensor("rows", "FP64", FLOWER)).status == 200)


@pytest.mark.slow
def test_too_much_at_once_is_told_to_come_back(server: Live) -> None:
    """Many clients at once and one place to wait in: 200 or 429, and every answer is right."""
    with serving("iris", limits=Limits(queue=1)) as (crowded, _):
        right = outputs(infer(crowded, "iris", tensor("rows", "FP64", FLOWER)))["class"]
        found: list[Any] = []

        def client() -> None:
            for _ in range(20):
                found.append(infer(crowded, "iris", tensor("rows", "FP64", FLOWER)))

        threads = [threading.Thread(target=client) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert {one.status for one in found} <= {200, 429}
        assert all(outputs(one)["class"] == right for one in found if one.status == 200)
        assert all(one.headers["retry-after"] == "1" for one in found if one.status == 429)
        assert infer(crowded, "iris", tensor("rows", "FP64", FLOWER)).status == 200
