"""The Open Inference Protocol: what it tells, and answers that are those of `Model.predict`."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest

from lamina.serving.inference import HEADER_LENGTH
from lamina.serving.models import Models
from lamina.web.limits import Limits
from tests import trained
from tests.data.makers import passengers
from tests.serving.servers import MODELS, digit, infer, outputs, serving, tensor
from tests.web.live import Live

FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.1, 4.7, 1.5], [6.3, 3.3, 6.0, 2.5]]


def rows(values: Any) -> dict[str, Any]:
    return tensor("rows", "FP64", values)


def test_what_the_server_says_of_itself(server: Live) -> None:
    found = server.ask("GET", "/v2").json
    assert (found["name"], found["extensions"]) == ("lamina", ["binary_tensor_data"])
    assert found["limits"] == Limits().as_json()
    assert server.ask("GET", "/v2/health/live").json == {"live": True}
    assert server.ask("GET", "/v2/health/ready").json == {"ready": True}
    assert server.ask("HEAD", "/v2/health/ready").status == 200


def test_what_it_says_of_a_model(server: Live) -> None:
    found = server.ask("GET", "/v2/models/iris").json
    columns = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
    classes = ["setosa", "versicolor", "virginica"]
    assert found == {
        "name": "iris",
        "versions": ["1"],
        "platform": "lamina",
        "inputs": [{"name": "rows", "datatype": "FP64", "shape": [-1, 4], "parameters": {"columns": columns}}],
        "outputs": [
            {"name": "class", "datatype": "BYTES", "shape": [-1]},
            {"name": "class probabilities", "datatype": "FP64", "shape": [-1, 3], "parameters": {"classes": classes}},
        ],
    }
    assert server.ask("GET", "/v2/models/iris/versions/1").json == found
    assert server.ask("GET", "/v2/models/iris/ready").json == {"name": "iris", "ready": True}
    assert server.ask("GET", "/v2/models/iris/versions/1/ready").status == 200


def test_classes_are_those_of_predict(server: Live) -> None:
    expected = trained.iris().predict(FLOWERS)
    answer = infer(server, "iris", rows(FLOWERS), id="seven")
    assert {key: answer.json[key] for key in ("model_name", "model_version", "id")} == {
        "model_name": "iris", "model_version": "1", "id": "seven"
    }  # fmt: skip
    found = outputs(answer)
    assert found["class"] == [one.value for one in expected]
    classes = ("setosa", "versicolor", "virginica")
    shares = [[one.probabilities[name] for name in classes] for one in expected]
    np.testing.assert_allclose(found["class probabilities"], shares, atol=1e-6)


def test_the_models_name_may_be_said_once_more(server: Live) -> None:
    assert infer(server, "iris", rows(FLOWERS), model_name="iris").status == 200


def test_without_an_id_none_comes_back(server: Live) -> None:
    assert "id" not in infer(server, "iris", rows(FLOWERS)).json


def test_pictures(server: Live) -> None:
    pixels = np.stack([digit(number) for number in range(70)])
    found = outputs(infer(server, "digits", tensor("pictures", "UINT8", pixels)))
    expected = trained.digits().predict(pixels)
    assert found["digit"] == [one.value for one in expected]
    shares = [[one.probabilities[str(name)] for name in range(10)] for one in expected]
    np.testing.assert_allclose(found["digit probabilities"], shares, atol=1e-6)


def test_pictures_of_another_size_are_prepared_as_ever(server: Live) -> None:
    large = np.kron(digit(3)[..., 0], np.ones((3, 3), np.uint8))[None, ..., None]
    found = outputs(infer(server, "digits", tensor("pictures", "UINT8", large)))
    assert found["digit"] == [trained.digits().predict(large)[0].value]


def test_numbers(server: Live) -> None:
    given = np.random.default_rng(0).normal(0, 0.05, (5, 10))
    (values,) = outputs(infer(server, "diabetes", rows(given))).values()
    np.testing.assert_allclose(values, [one.value for one in trained.diabetes().predict(given)], rtol=1e-6)


def test_a_table_has_a_tensor_for_each_column(server: Live) -> None:
    given = passengers(6, seed=9)
    names = [one["name"] for one in server.ask("GET", "/v2/models/table").json["inputs"]]
    tensors = [tensor(name, "BYTES", [row[name] for row in given]) for name in names]
    found = outputs(infer(server, "table", *tensors))
    expected = trained.table().predict({name: [row[name] or None for row in given] for name in names})
    assert found["Survived"] == [one.value for one in expected]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["texts", "series", "sounds", "targets", "several", "groups"])
def test_every_kind_of_model_answers_its_made_up_examples(name: str) -> None:
    model = MODELS[name]()
    with serving(name) as (server, models):
        inputs = [given_for(name, one) for one in server.ask("GET", f"/v2/models/{name}").json["inputs"]]
        found = outputs(infer(server, name, *inputs))
        assert list(found) == [one.name for one in models.get(name).outputs]
        source = source_of(name, inputs)
        values = [one.value for one in model.predict(source)]
        first = next(iter(found.values()))
        if name == "targets":
            assert [found["kind"][0], pytest.approx(found["price"][0], rel=1e-5)] == list(values[0])
        elif isinstance(values[0], str):
            assert first == values
        else:
            np.testing.assert_allclose(first, values, rtol=1e-5)


def given_for(name: str, declared: dict[str, Any]) -> dict[str, Any]:
    """A tensor for an input of one of the models."""
    match name, declared["name"]:
        case "texts", called:
            return tensor(called, "BYTES", ["a good film", "a bad one"])
        case "series", "month":
            return tensor("month", "BYTES", [f"{2024 + month // 12}-{month % 12 + 1:02}-01" for month in range(15)])
        case "series", called:
            return tensor(called, "FP64", [50.0 + number for number in range(15)])
        case "sounds", called:
            made = trained.made_sounds(1)[0].samples.reshape(1, -1)
            return {**tensor(called, "FP32", made), "parameters": {"rate_hz": 2_000}}
        case "targets", called:
            return tensor(called, "FP64", [6.0])
    return tensor(declared["name"], "FP64", np.full((1, declared["shape"][1]), 0.01))


def source_of(name: str, inputs: list[dict[str, Any]]) -> Any:
    if name == "texts":
        return inputs[0]["data"]
    if name == "sounds":
        return trained.made_sounds(1)
    if name in ("series", "targets"):
        return {one["name"]: one["data"] for one in inputs}
    return np.array(inputs[0]["data"]).reshape(inputs[0]["shape"])


def test_outputs_may_be_chosen(server: Live) -> None:
    answer = infer(server, "iris", rows(FLOWERS), outputs=[{"name": "class"}])
    assert list(outputs(answer)) == ["class"]
    answer = infer(server, "iris", rows(FLOWERS), outputs=[{"name": "logits"}])
    assert (answer.status, answer.error) == (
        400, "the model has no output 'logits'; it has class, class probabilities"
    )  # fmt: skip


def test_bytes_in_and_bytes_out(server: Live) -> None:
    data = np.array(FLOWERS, "<f4").tobytes()
    document = {
        "inputs": [
            {"name": "rows", "shape": [3, 4], "datatype": "FP32", "parameters": {"binary_data_size": len(data)}}
        ],
        "outputs": [{"name": "class"}, {"name": "class probabilities", "parameters": {"binary_data": True}}],
    }
    head = json.dumps(document).encode()
    headers = {HEADER_LENGTH: str(len(head)), "Content-Type": "application/octet-stream"}
    answer = server.ask("POST", "/v2/models/iris/infer", head + data, headers)
    assert answer.status == 200
    length = int(answer.headers[HEADER_LENGTH])
    species, shares = json.loads(answer.body[:length])["outputs"]
    expected = trained.iris().predict(np.array(FLOWERS, np.float32))
    assert species["data"] == [one.value for one in expected]
    assert shares["parameters"] == {"binary_data_size": 72}
    found = np.frombuffer(answer.body[length:], "<f8").reshape(3, 3)
    np.testing.assert_allclose(found.max(axis=1), [max(one.probabilities.values()) for one in expected], atol=1e-6)


def test_texts_as_bytes(server: Live) -> None:
    answer = infer(server, "iris", rows(FLOWERS), parameters={"binary_data_output": True})
    length = int(answer.headers[HEADER_LENGTH])
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.body[length:].startswith(struct.pack("<I", 6) + b"setosa")


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({}, "a request needs its inputs"),
        (
            {"inputs": [rows(FLOWERS)], "model": "x"},
            "the request has 'model'; it may have id, inputs, model_name, outputs, parameters",
        ),
        ({"inputs": [rows(FLOWERS)], "model_name": "digits"}, "names another model than its address"),
        ({"inputs": [rows(FLOWERS)], "model_name": None}, "which is that of iris"),
        ({"inputs": [rows(FLOWERS)], "id": 7}, "the id of a request is a text"),
        ({"inputs": [rows(FLOWERS)], "parameters": []}, "the parameters of the request are an object"),
        ({"inputs": [rows(FLOWERS)], "parameters": {"binary_data_output": 1}}, "binary_data_output is true or false"),
        ({"inputs": [rows(FLOWERS)], "parameters": {"priority": 1}}, "has 'priority'; it may have binary_data_output"),
        ({"inputs": [rows(FLOWERS)], "outputs": {}}, "the outputs that are wanted are a list"),
        ({"inputs": [rows(FLOWERS)], "outputs": [{"name": ["class"]}]}, "the model has no output"),
        ({"inputs": [tensor("row", "FP64", FLOWERS)]}, "the model needs the inputs rows; no rows is among them"),
        (
            {"inputs": [rows(FLOWERS), tensor("more", "FP64", [1])]},
            "the model needs the inputs rows; more is among them",
        ),
        ({"inputs": [rows([row[:3] for row in FLOWERS])]}, "the input rows needs the shape [-1, 4]; got [3, 3]"),
        ({"inputs": [rows(FLOWERS[0])]}, "the input rows needs the shape [-1, 4]; got [4]"),
        ({"inputs": [tensor("rows", "BYTES", [["a"] * 4])]}, "the input rows needs FP64 or FP32"),
        ({"inputs": [rows(np.zeros((1_025, 4)))]}, "a request may have 1,024 examples; got 1,025"),
    ],
)
def test_requests_that_are_refused(server: Live, document: dict[str, Any], why: str) -> None:
    answer = server.ask("POST", "/v2/models/iris/infer", document)
    assert answer.status == 400
    assert why in answer.error


def test_the_length_of_the_json_must_be_one(server: Live) -> None:
    body = json.dumps({"inputs": [rows(FLOWERS)]}).encode()
    for length in ("-1", "abc", "99999", "1e2", "9" * 12):
        assert server.ask("POST", "/v2/models/iris/infer", body, {HEADER_LENGTH: length}).status == 400
    assert server.ask("POST", "/v2/models/iris/infer", body, {HEADER_LENGTH: str(len(body))}).status == 200
    assert server.ask("POST", "/v2/models/iris/infer", body, {"Content-Type": "application/octet-stream"}).status == 415
    assert server.ask("POST", "/v2/models/iris/infer", body, {"Content-Type": "text/plain"}).status == 415


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_numbers_that_a_model_cannot_take(server: Live, value: float) -> None:
    data = np.array([[5.1, 3.5, 1.4, value]]).tobytes()
    told = {"name": "rows", "shape": [1, 4], "datatype": "FP64", "parameters": {"binary_data_size": len(data)}}
    head = json.dumps({"inputs": [told]}).encode()
    answer = server.ask("POST", "/v2/models/iris/infer", head + data, {HEADER_LENGTH: str(len(head))})
    assert answer.status == 422
    assert "row 1 has" in answer.error


@pytest.mark.parametrize(
    "path",
    [
        "/v2/models/none", "/v2/models/iris/versions/2", "/v2/models/iris/versions/2/ready", "/v2/models/..%2firis",
        "/v2/models/iris%00", "/v2/models//iris", "//v2", "/v2/", "/v2/models/%c0%af", "/v2/models/iris/infer/x", "/v3",
        "/v2/models/iris/versions/01", "/page.css/../../app.py", "/..%2f..%2fapp.py", "/page%2findex.html",
    ],
)  # fmt: skip
def test_what_is_not_there(server: Live, path: str) -> None:
    answer = server.ask("GET", path)
    assert answer.status == 404
    assert answer.error


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/v2", "/v2/models/iris", "/v2/models/iris/infer", "/predict", "/metrics"])
def test_other_methods_are_not_allowed(server: Live, method: str, path: str) -> None:
    answer = server.ask(method, path)
    assert answer.status == 405
    assert answer.headers["allow"]


def test_infer_is_asked_by_post_alone(server: Live) -> None:
    answer = server.ask("GET", "/v2/models/iris/infer")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.slow
def test_before_it_is_compiled_a_server_lives_and_is_not_ready(models: Models) -> None:
    with serving("iris") as (server, own):
        own.get("iris")._batcher = None
        assert server.ask("GET", "/v2/health/live").status == 200
        for path in ("/v2/health/ready", "/v2/models/iris/ready"):
            answer = server.ask("GET", path)
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        answer = infer(server, "iris", rows(FLOWERS))
        assert (answer.status, answer.error) == (503, "iris is being made ready: ask again in a second")
