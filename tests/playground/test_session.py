"""A session: commands and what comes of them, training in between, two runs, too high a rate."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.playground.binary import unpack
from lamina.playground.carrying_out import carry_out
from lamina.playground.commands import read_command
from lamina.playground.outbox import Outbox
from lamina.playground.session import Session
from lamina.playground.sources import Sources
from tests.playground.runs import small


class Page:
    """What a page does: sends commands, and keeps what comes."""

    def __init__(self, session: Session, asking: ThreadPoolExecutor) -> None:
        self.session, self._asking = session, asking
        self._count = 0
        self.messages: list[dict[str, Any]] = []
        self.frames: list[tuple[dict[str, Any], dict[str, np.ndarray]]] = []

    def does(self, do: str, **fields: Any) -> dict[str, Any]:
        """A command, and the message that ends it."""
        self._count += 1
        self.messages, self.frames = [], []
        carry_out(self.session, read_command({"do": do, "id": self._count, **fields}))
        self._asking.submit(int).result()  # what was asked before is answered then
        self.look()
        ends = [one for one in self.messages if one.get("id") == self._count and one["kind"] in ("done", "refused")]
        assert len(ends) == 1, self.messages
        return ends[0]

    def look(self) -> None:
        for message in self.session.outbox.take():
            if isinstance(message, bytes):
                self.frames.append(unpack(message))
            else:
                self.messages.append(dict(message))

    def state(self, run: str = "a") -> Any:
        return next(one for one in reversed(self.messages) if one["kind"] == "state")["runs"][run]

    def data(self) -> Any:
        """Of the one run whose data is new."""
        (found,) = (data for one in self.messages if one["kind"] == "state" for data in one["data"])
        return found

    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.messages]


@pytest.fixture
def page(sources: Sources, tmp_path: Path) -> Iterator[Page]:
    with ThreadPoolExecutor(1) as asking:
        yield Page(Session(sources, Outbox(), tmp_path, asking, 1_000, small(sources)), asking)


@pytest.mark.slow
def test_hello_tells_everything(page: Page) -> None:
    assert page.does("hello")["kind"] == "done"
    assert page.kinds() == ["compiling", "compiled", "state", "done"]
    state = page.messages[2]
    assert state["choices"]["toys"]["regression"] == ["plane", "multi_gauss"]
    assert state["choices"]["limits"]["upload_bytes"] == 1_000
    assert {"name": "digits", "title": "digits", "kind": "data"} in state["sources"]
    run = page.state()
    assert [layer["name"] for layer in run["layers"]] == [
        'PlaneFeatures()', 'Dense(units=4, activation="tanh")', "Dense(units=2)",
    ]  # fmt: skip
    assert (run["layers"][1]["words"], run["parameters"], run["classes"]) == ("4 tanh", 22, ["blue", "orange"])
    data = page.data()
    assert data["counts"] == {part: len(data["examples"][part]["x"]) for part in ("train", "validation", "test")}
    assert data["plane"] == {"axes": ["x1", "x2"], "low": [-6, -6], "high": [6, 6], "held": False}
    assert set(data["examples"]["test"]["target"]) == {0, 1}
    ((header, arrays),) = page.frames
    assert header["curve_from_start"]
    assert arrays["map/2"].shape == (4, 40, 40)


def test_places_are_told_in_the_units_of_the_data(page: Page) -> None:
    page.does("hello")
    data, prepared = page.data(), page.session.slots["a"].run.prepared
    raw = prepared.dataset.inputs.values[prepared.split.test]
    assert np.stack([data["examples"]["test"][axis] for axis in "xy"], 1) == pytest.approx(raw, abs=1e-3)


def test_running_sends_frames_until_it_is_paused(page: Page) -> None:
    page.does("hello")
    page.does("run", pace="epoch")
    assert page.session.running
    assert page.state()["running"]
    epochs, frames = [0], 0
    while epochs[-1] < 4:
        assert page.session.train() <= 0.04
        page.look()
        frames += 1
        epochs.append(page.frames[-1][0]["epoch"])
    assert all(0 <= after - before <= 1 for before, after in itertools.pairwise(epochs))  # one at most in each frame
    page.does("pause")
    assert not page.session.running
    assert not page.state()["running"]
    assert len(page.state()["snapshots"]) == 1 + frames


def test_a_page_that_takes_nothing_is_sent_no_second_frame(page: Page) -> None:
    page.does("hello")
    page.does("run", pace="fast")
    for _ in range(3):
        page.session.train()
    page.frames = []
    page.look()
    assert len(page.frames) == 1


def test_a_step_and_an_edit_and_a_reset(page: Page) -> None:
    page.does("hello")
    first = page.frames[-1]
    page.does("step", unit="batch", count=2)
    assert page.frames[-1][0]["step"] == 2
    page.does("edit", array="1/bias", index=[1], value=0.5)
    header, arrays = page.frames[-1]
    assert arrays["params/1/bias"][1] == 0.5
    assert header["measured_at_step"] == header["step"] == 2
    page.does("reset")
    header, arrays = page.frames[-1]
    assert (header["step"], header["loss"]) == (0, first[0]["loss"])
    assert np.array_equal(arrays["params/1/weight"], first[1]["params/1/weight"])
    assert page.state()["notes"] == []


@pytest.mark.slow
def test_a_recompilation_is_shown_as_such_and_a_rate_needs_none(page: Page) -> None:
    page.does("hello")
    told = page.does("settings", settings={"learning_rate": 0.1})
    assert told["result"] == {"kept": "rate", "why": ""}
    assert "compiling" not in page.kinds()
    told = page.does("settings", settings={"batch_size": 6})
    assert told["result"]["kept"] == "weights"
    assert page.kinds()[:2] == ["compiling", "compiled"]
    assert page.messages[0]["why"] == "batch size changed"
    assert page.messages[1]["seconds"] > 0
    told = page.does("settings", settings={"noise": 0.4})
    assert told["result"] == {"kept": "nothing", "why": "other points"}
    assert page.data()["counts"]["test"] == 18
    assert page.does("settings", settings={})["result"] == {"kept": "rate", "why": ""}


@pytest.mark.slow
def test_a_compilation_is_told_in_the_pages_words(page: Page) -> None:
    page.does("hello")
    page.does("settings", settings={"l1": 0.01, "weight_decay": 0.1, "train_percent": 60})
    assert page.messages[0]["why"] == "share for training, regularization changed"
    page.does("settings", settings={"data": "iris"})
    assert page.messages[0]["why"] == "data changed"
    page.does("settings", settings={"batch_size": 7, "l2": 0.5})
    assert page.state()["notes"][-1] == "batch size, regularization changed after step 0"


def test_a_question_goes_before_training_and_does_not_stop_it(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.does("hello")
    page.does("run", pace="batch")
    answered = threading.Event()
    page.session.ask(lambda: answered.wait(60) and None)
    position = page.session.slots["a"].run.position
    began = time.perf_counter()
    assert page.session.train() == 0
    assert time.perf_counter() - began < 10 * page.session.view.chunk_seconds  # a click is not kept waiting
    assert page.session.slots["a"].run.position is position
    monkeypatch.setattr("lamina.playground.session.FIRST_SECONDS", 0.0)
    page.session.train()  # the question takes too long: both go on
    assert page.session.slots["a"].run.position.step == 1
    monkeypatch.undo()
    answered.set()
    page.session.train()
    assert page.session.slots["a"].run.position.step == 2


def test_settings_that_are_refused_change_nothing(page: Page) -> None:
    page.does("hello")
    told = page.does("settings", settings={"network": "4 tanhh"})
    assert told["kind"] == "refused"
    assert "'4 tanhh' is no layer in words" in told["text"]
    assert page.kinds()[:2] == ["compiling", "compiled"]
    page.does("step", unit="batch")
    assert page.frames[-1][0]["step"] == 1


@pytest.mark.slow
def test_other_data_brings_what_is_usual_for_it(page: Page) -> None:
    page.does("hello")
    assert page.does("settings", settings={"data": "iris"})["kind"] == "done"
    found = page.state()["settings"]
    assert (found["network"], found["features"], found["batch_size"]) == ("16 relu, 16 relu", [], 32)
    data = page.data()
    assert data["inputs"][2] == "petal length (cm)"
    assert data["columns"][0]["kind"] == "number"
    assert [(one["start"], one["width"]) for one in data["columns"]] == [(place, 1) for place in range(4)]
    assert data["plane"]["held"]
    page.does("settings", settings={"axes": ["petal length (cm)", "petal width (cm)"]})
    data = page.data()
    assert data["plane"]["axes"] == ["petal length (cm)", "petal width (cm)"]
    page.does("settings", settings={"data": "gauss"})
    assert page.state()["settings"]["features"] == ["x1", "x2"]


def test_the_way_back_and_a_second_run(page: Page) -> None:
    page.does("hello")
    for _ in range(3):
        page.does("step", unit="epoch")
    newest = page.frames[-1][0]["step"]
    page.does("rewind", snapshot=1)
    assert page.state()["shown"] == 1
    assert page.frames[-1][0]["epoch"] == 1
    page.does("fork", snapshot=None)
    page.does("step", run="b", unit="epoch", count=2)
    assert (page.frames[-1][0]["run"], page.frames[-1][0]["step"]) == ("b", newest)
    page.does("run", run="b", pace="epoch")
    page.session.train()
    page.look()
    assert page.frames[-1][0]["run"] == "b"
    page.does("drop", run="b")
    assert not page.session.running
    assert page.does("pause", run="b")["text"] == "there is no second run: fork one first"
    assert page.does("drop", run="a")["text"] == "the first run stays; drop the second one"


@pytest.mark.slow
def test_too_high_a_rate_ends_in_words(page: Page) -> None:
    page.does("hello")
    page.does("settings", settings={
        "network": "4 relu, 4 relu", "loss": "mean_squared_error", "optimizer": "gradient_descent",
        "learning_rate": 1e30,
    })  # fmt: skip
    page.does("run", pace="fast")
    page.messages = []
    for _ in range(20):
        page.session.train()
        page.look()
        if not page.session.running:
            break
    (trouble,) = [one for one in page.messages if one["kind"] == "trouble"]
    assert "Lower the learning rate (it was 1e+30)" in trouble["text"]
    assert not page.state()["running"]
    assert np.isfinite(page.frames[-1][1]["params/1/weight"]).all()


@pytest.mark.slow
def test_saving_code_and_questions(page: Page, tmp_path: Path) -> None:
    page.does("hello")
    page.does("step", unit="epoch")
    saved = page.does("save", which="shown")["result"]
    again = page.does("save")["result"]
    assert (saved["path"], again["path"]) == ("spiral-examples60.safetensors", "spiral-examples60-2.safetensors")
    assert lamina.Model.load(tmp_path / saved["path"]).record.best_epoch == 1
    code = page.does("code")["result"]
    assert code["python"].startswith("import lamina\n")
    assert code["command"].startswith("lamina train spiral-examples60 --layers 'features x1 x2, 4 tanh' --epochs 1 ")
    told = page.does("explain", example={"part": "train", "number": 0}, neurons=["2:0"])["result"]
    assert told["neurons"][0]["sums"][0]["name"] == "z"
    told = page.does("answer", example={"values": {"x1": 0, "x2": 1}}, way="gradient")["result"]
    assert told["value"] in ("blue", "orange")
    ((header, arrays),) = page.frames
    assert (header["kind"], header["id"]) == ("maps", page._count)
    assert arrays["mattered"].shape == (2,)
    assert page.does("explain", example={"text": "x"})["text"] == "this model takes no text"
    assert page.does("explain", example={"part": "train", "number": 0}, neurons=[3])["kind"] == "refused"


@pytest.mark.slow
def test_how_finely_the_page_looks(page: Page) -> None:
    page.does("hello")
    page.does("view", map_size=10, decision_size=12)
    assert page.frames[-1][1]["map/2"].shape == (4, 10, 10)
    assert page.does("view", map_size=500)["text"] == "map_size needs a number from 8 to 100; got 500"


@pytest.mark.slow
def test_a_model_is_opened_where_its_data_is(page: Page, tmp_path: Path) -> None:
    page.does("hello")
    page.does("step", unit="epoch", count=2)
    weights = page.frames[-1][1]["params/1/weight"]
    path = tmp_path / page.does("save")["result"]["path"]
    page.session.sources.upload(path.name, path.read_bytes())
    page.does("reset")
    assert page.does("open", source="upload 1")["kind"] == "done"
    assert np.array_equal(page.frames[-1][1]["params/1/weight"], weights)
    assert page.frames[-1][0]["epoch"] == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::lamina.errors.LaminaWarning")
def test_a_model_without_its_data_is_looked_at_and_asked(page: Page, tmp_path: Path) -> None:
    table = "".join(["age,size,kind\n", *(f"{i}.5,{i * i % 7}.25,{'ab'[i % 2]}\n" for i in range(60))])
    (tmp_path / "people.csv").write_text(table)
    path = lamina.fit(tmp_path / "people.csv", "4 relu", target="kind", epochs=1).save(tmp_path / "people.safetensors")
    page.session.sources.upload(path.name, path.read_bytes())
    assert page.does("open", source="upload 1")["kind"] == "done"
    state = page.state()
    assert not state["trainable"]
    assert state["why_not"] == "the model was trained on people: open that data first, then the model"
    assert page.does("run", pace="fast")["text"] == state["why_not"]
    assert page.does("save")["result"]["path"] == "people-2.safetensors"
    told = page.does("answer", example={"values": {"age": 3.5, "size": 2}}, way=None)["result"]
    assert told["value"] in ("a", "b")
    page.does("pause")
    assert page.frames[-1][0]["loss"]["train"] is None
    assert page.does("settings", settings={"data": "gauss", "examples": 60})["result"]["kept"] == "nothing"
    assert page.state()["trainable"]
