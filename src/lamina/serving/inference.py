"""The Open Inference Protocol, version 2, over HTTP, with its binary tensor extension.

Source: the protocol's required REST API (KServe's open-inference-protocol) and the binary data extension of the Triton
Inference Server, which its client uses unless told otherwise.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sent_inputs import sent_values
from lamina.model.answers import Prepared, prepare
from lamina.serving.models import Models
from lamina.serving.served import Served
from lamina.serving.signature import Declared, tensors_of, values_of
from lamina.serving.tensors import Tensor, read_tensors
from lamina.tasks.base import Prediction
from lamina.web.bodies import SMALL_BYTES, media_type, parse_json, read_body, require_known
from lamina.web.limits import Limits
from lamina.web.refusing import refusal, refuse, within

HEADER_LENGTH = "inference-header-content-length"
JSON_KIND, BINARY_KIND = "application/json", "application/octet-stream"
REQUEST_KEYS = frozenset({"id", "model_name", "parameters", "inputs", "outputs"})
"""The protocol's, and the model's name, which the client of KServe says once more."""
OUTPUT_KEYS = frozenset({"name", "parameters"})
EXTENSIONS = ("binary_tensor_data",)
LONGEST_ID = 1_000
ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
QUICK = (NumberEncoder, PictureEncoder)
"""What these encode of a small body takes less time than handing it to a thread."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a request asks for.

    Args:
        id: echoed; None where none was given.
        inputs: the tensors.
        outputs: those that are wanted, each with whether it is wanted as bytes.
    """

    id: str | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[tuple[Declared, bool], ...]


def inference_routes(models: Models) -> list[Route]:
    """The protocol's addresses."""
    found = []
    for path in ("/v2/models/{model}", "/v2/models/{model}/versions/{version}"):
        found += [
            Route(f"{path}/infer", _infer(models), methods=["POST"]),  # first: routes are tried in their order
            Route(f"{path}/ready", _model_ready(models)),
            Route(path, _model_metadata(models)),
        ]
    return [
        *found,
        Route("/v2", _metadata(models)),
        Route("/v2/health/live", _live),
        Route("/v2/health/ready", _ready(models)),
    ]


def server_metadata(limits: Limits) -> dict[str, Any]:
    """What the server says of itself."""
    version = importlib.metadata.version("lamina")
    return {"name": "lamina", "version": version, "extensions": list(EXTENSIONS), "limits": limits.as_json()}


def model_metadata(served: Served) -> dict[str, Any]:
    """What the server says of a model."""
    return {
        "name": served.name,
        "versions": [served.version],
        "platform": "lamina",
        "inputs": [one.as_json() for one in served.inputs],
        "outputs": [one.as_json() for one in served.outputs],
    }


def _metadata(models: Models) -> Any:
    async def metadata(request: Request) -> Response:
        return JSONResponse(server_metadata(models.limits))

    return metadata


async def _live(request: Request) -> Response:
    return JSONResponse({"live": True})


def _ready(models: Models) -> Any:
    async def ready(request: Request) -> Response:
        return JSONResponse({"ready": True}) if models.ready else refusal(503, "the models are not ready")

    return ready


def _model_metadata(models: Models) -> Any:
    async def model(request: Request) -> Response:
        return JSONResponse(model_metadata(_served(request, models)))

    return model


def _model_ready(models: Models) -> Any:
    async def model_ready(request: Request) -> Response:
        served = _served(request, models)
        if served.ready and not models.stopping:
            return JSONResponse({"name": served.name, "ready": True})
        return refusal(503, f"the model {served.name} is not ready")

    return model_ready


def _infer(models: Models) -> Any:
    limits = models.limits

    async def infer(request: Request) -> Response:
        served = _served(request, models)
        async with within(limits.request_seconds, 504, "the answer took too long"):
            document, rest = await _read(request, limits)
            size = int(request.headers.get("content-length", SMALL_BYTES))
            quick = size < SMALL_BYTES and isinstance(served.model.encoder, QUICK)

            def read() -> tuple[Asked, Any]:
                asked = asked_of(document, rest, served, limits)
                return asked, values_of(asked.inputs, served.inputs, served.model.encoder, limits)

            asked, values = read() if quick else await models.in_thread(read)
            predictions = list(await _predicted(served, values, models, quick))
        return answer(served, asked, predictions)

    return infer


async def _predicted(served: Served, values: Any, models: Models, quick: bool) -> Sequence[Prediction]:
    """The answers for values that were sent."""
    encoder = served.model.encoder
    if isinstance(encoder, PictureEncoder) and values.shape[1:] == encoder.input_shape:
        return await served.predict_pictures(values)

    def encoded() -> Prepared:
        return prepare(served.model, sent_values(values, encoder))

    prepared = encoded() if quick else await models.in_thread(encoded)
    if prepared.skipped:
        prepared.skipped[0].complain()
    return await served.predict(prepared)


def _served(request: Request, models: Models) -> Served:
    return models.get(request.path_params["model"], request.path_params.get("version"))


async def _read(request: Request, limits: Limits) -> tuple[dict[str, Any], bytes]:
    """The JSON of a body, and the bytes behind it where a header says how long the JSON is."""
    kind, length = media_type(request), request.headers.get(HEADER_LENGTH)
    if kind not in ((JSON_KIND, "") if length is None else (JSON_KIND, BINARY_KIND, "")):
        refuse(415, f"a body of {JSON_KIND} is needed, or one of {BINARY_KIND} with {HEADER_LENGTH}")
    data = await read_body(request, limits)
    if length is None:
        return await parse_json(data, limits), b""
    if not (length.isascii() and length.isdecimal() and len(length) <= 10 and int(length) <= len(data)):
        refuse(400, f"the header {HEADER_LENGTH} needs the length of the JSON in the body")
    return await parse_json(data[: int(length)], limits), data[int(length) :]


def asked_of(document: dict[str, Any], rest: bytes, served: Served, limits: Limits) -> Asked:
    """What a request's document asks for.

    Raises:
        RequestError: 400.
    """
    require_known(document, REQUEST_KEYS, "the request")
    name, parameters = document.get("id"), document.get("parameters")
    if name is not None and (not isinstance(name, str) or len(name) > LONGEST_ID):
        refuse(400, f"the id of a request is a text of at most {LONGEST_ID:,} characters")
    if document.get("model_name", served.name) != served.name:
        refuse(400, f"the request names another model than its address, which is that of {served.name}")
    as_bytes = _flag(parameters, "binary_data_output", False, "the request")
    inputs = read_tensors(document.get("inputs"), rest, limits)
    return Asked(name, tuple(inputs), _outputs(document.get("outputs"), served, as_bytes))


def _outputs(wanted: Any, served: Served, as_bytes: bool) -> tuple[tuple[Declared, bool], ...]:
    if wanted is None or wanted == []:
        return tuple((one, as_bytes) for one in served.outputs)
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        refuse(400, "the outputs that are wanted are a list of objects with a name")
    known, found = {one.name: one for one in served.outputs}, []
    for one in wanted:
        require_known(one, OUTPUT_KEYS, "an output")
        name = one.get("name")
        if not isinstance(name, str) or name not in known:
            refuse(400, f"the model has no output {ascii(name)[:80]}; it has {', '.join(known)}")
        found.append((known[name], _flag(one.get("parameters"), "binary_data", as_bytes, f"the output {name}")))
    return tuple(found)


def _flag(parameters: Any, name: str, otherwise: bool, called: str) -> bool:
    """The one parameter that there may be, which is true or false."""
    given = {} if parameters is None else parameters
    value = given.get(name, otherwise) if isinstance(given, dict) else None
    if not isinstance(value, bool):
        refuse(400, f"the parameters of {called} are an object in which {name} is true or false")
    require_known(given, frozenset({name}), f"the parameters of {called}")
    return value


def answer(served: Served, asked: Asked, predictions: list[Prediction]) -> Response:
    """Predictions as tensors: JSON, or with bytes behind it where they are wanted so."""
    declared = [one for one, _ in asked.outputs]
    tensors = tensors_of(predictions, served.model.task.target, declared)
    document: dict[str, Any] = {"model_name": served.name, "model_version": served.version}
    if asked.id is not None:
        document["id"] = asked.id
    parts, described = [], []
    for tensor, (_, as_bytes) in zip(tensors, asked.outputs, strict=True):
        told, data = tensor.as_binary() if as_bytes else (tensor.as_json(), b"")
        described.append(told)
        parts.append(data)
    head = ENCODER.encode({**document, "outputs": described}).encode("ascii")
    if not any(as_bytes for _, as_bytes in asked.outputs):
        return Response(head, media_type=JSON_KIND)
    return Response(b"".join([head, *parts]), headers={HEADER_LENGTH: str(len(head))}, media_type=BINARY_KIND)
