"""What the server takes and gives, as OpenAPI 3.1: made from the models that it has, so that it tells the truth.

The bodies of `infer` are described for one example a request: how a tensor's data follow from its shape cannot be said
in a schema. More examples have a larger first number in their shape, and more data.
"""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Iterable, Mapping
from typing import Any

from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sent_inputs import LARGEST
from lamina.serving.inference import BINARY_KIND, JSON_KIND, LONGEST_ID
from lamina.serving.models import Models
from lamina.serving.served import Served
from lamina.serving.signature import Declared
from lamina.serving.tensors import BYTES

Schema = dict[str, Any]
WORDS = {
    400: "The request is not of the form that this address takes.",
    401: "The token is missing or another one.",
    403: "The Host or the Origin is not allowed.",
    404: "There is nothing at this address.",
    408: "The request did not come in time.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    422: "The data cannot be read, or the model cannot take them.",
    429: "Too many requests wait: ask again.",
    503: "The server is not ready yet, has no place left, or stops: ask again.",
    504: "The answer took too long.",
}
READING = (400, 403, 404)
ANSWERING = tuple(WORDS)
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
VALUE: Schema = {**NUMBER, "type": ["string", "number", "boolean", "null"]}
"""Of a table."""
PIXEL: Schema = {"type": "integer", "minimum": 0, "maximum": 255}


def openapi(models: Models, token: bool) -> Schema:
    """The document.

    Args:
        models: of the server.
        token: whether requests must show one.
    """
    paths: dict[str, Schema] = {
        "/v2": _get("What the server is, and its limits", "Server", token),
        "/v2/health/live": _get("Whether the server lives", "Live"),
        "/v2/health/ready": _get("Whether all models can answer", "Ready", codes=(503,)),
        "/models": _get("The models, in words", "Models", token),
    }
    for served in models:
        paths |= _paths(served, models, token)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lamina", "version": importlib.metadata.version("lamina"), "description": __doc__ or ""},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "responses": {f"Error{status}": _error(words) for status, words in WORDS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths(served: Served, models: Models, token: bool) -> dict[str, Schema]:
    base, name = f"/v2/models/{served.name}", served.name
    version = f"{base}/versions/{served.version}"
    infer = _post(f"Answers of {name} for tensors", {JSON_KIND: infer_schema(served)}, INFERRED, token)
    predict = _post(f"Answers of {name} for rows, or for a file", _predict_bodies(served, models), PREDICTED, token)
    found: dict[str, Schema] = {}
    for path in (base, version):
        found[path] = _get(f"The inputs and outputs of {name}", "Model", token)
        found[f"{path}/ready"] = _get(f"Whether {name} can answer", "ModelReady", token, (503,))
        found[f"{path}/infer"] = infer
    return {**found, f"/predict/{name}": predict}


def infer_schema(served: Served) -> Schema:
    """The body of `infer` for one example."""
    tensors = [_tensor(one, served) for one in served.inputs]
    count = len(tensors)
    wanted = {"name": {"enum": [one.name for one in served.outputs]}, "parameters": _flags("binary_data")}
    return _object(
        {
            "id": {"type": ["string", "null"], "maxLength": LONGEST_ID},
            "model_name": {"const": served.name},
            "parameters": _flags("binary_data_output"),
            "inputs": _list(tensors[0] if count == 1 else {"oneOf": tensors}, count, count),
            "outputs": {"anyOf": [_list(_object(wanted, ["name"])), {"type": "null"}]},
        },
        ["inputs"],
    )


def _tensor(declared: Declared, served: Served) -> Schema:
    encoder = served.model.encoder
    shape = encoder.input_shape if isinstance(encoder, PictureEncoder) else declared.shape[1:]
    lengths = [1, *(8 if one == -1 else one for one in shape)]
    value = TEXT if declared.datatype == BYTES else PIXEL if declared.datatype == "UINT8" else NUMBER
    count = math.prod(lengths)
    properties = {
        "name": {"const": declared.name},
        "datatype": {"const": declared.datatype},
        "shape": {"const": lengths},
        "parameters": {"type": ["object", "null"], "maxProperties": 0},
        "data": _list(value, count, count),
    }
    return _object(properties, ["name", "datatype", "shape", "data"])


def _predict_bodies(served: Served, models: Models) -> dict[str, Schema]:
    """JSON rows, and a file as it is or in a form."""
    file = {"type": "string", "format": "binary"}
    form = _object({"file": file}, ["file"])
    return {
        JSON_KIND: _object({"rows": _rows(served, models.limits.rows)}, ["rows"]),
        BINARY_KIND: file,
        "multipart/form-data": form,
    }


def _rows(served: Served, most: int) -> Schema:
    encoder = served.model.encoder
    if isinstance(encoder, NumberEncoder):
        count = len(encoder.columns)
        by_name = dict.fromkeys(encoder.columns, NUMBER)
        listed, named = _list(_list(NUMBER, count, count), 1, most), _list(_object(by_name, list(by_name)), 1, most)
        return {"oneOf": [listed, named]}
    if isinstance(encoder, PictureEncoder):
        height, width, channels = encoder.input_shape
        pixel = _list(PIXEL, channels, channels)
        return _list(_list(_list(pixel, width, width), height, height), 1, most)
    if len(served.inputs) == 1:
        return _list(TEXT, 1, most)
    return _list(_open(**{one.name: VALUE for one in served.inputs}), 1, most)


def _get(summary: str, schema: str, token: bool = False, codes: Iterable[int] = ()) -> Schema:
    content = {JSON_KIND: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    operation: Schema = {"summary": summary, "responses": _responses(content, (*READING, *codes), token)}
    return {"get": {**operation, "security": [{"token": []}]} if token else operation}


def _post(summary: str, bodies: Mapping[str, Schema], content: Schema, token: bool) -> Schema:
    operation: Schema = {
        "summary": summary,
        "requestBody": {"required": True, "content": {kind: {"schema": schema} for kind, schema in bodies.items()}},
        "responses": _responses(content, ANSWERING, token),
    }
    return {"post": {**operation, "security": [{"token": []}]} if token else operation}


def _responses(content: Schema, codes: Iterable[int], token: bool) -> Schema:
    told = sorted({*codes, 401} if token else {*codes} - {401})
    errors = {str(code): {"$ref": f"#/components/responses/Error{code}"} for code in told}
    return {"200": {"description": "The answer.", "content": content}, **errors}


def _error(words: str) -> Schema:
    return {"description": words, "content": {JSON_KIND: {"schema": {"$ref": "#/components/schemas/Error"}}}}


def _object(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _list(items: Schema, least: int = 0, most: int | None = None) -> Schema:
    found: Schema = {"type": "array", "items": items, "minItems": least}
    return found if most is None else {**found, "maxItems": most}


def _flags(name: str) -> Schema:
    return {"type": ["object", "null"], "properties": {name: {"type": "boolean"}}, "additionalProperties": False}


def _open(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


ERROR = _object({"error": TEXT}, ["error"])
TRUTH: Schema = {"type": "boolean"}
TENSORS = _list(_open(name=TEXT, datatype=TEXT, shape=_list({"type": "integer"})))
SCHEMAS: Schema = {
    "Error": ERROR,
    "Server": _open(name=TEXT, version=TEXT, extensions=_list(TEXT), limits={"type": "object"}),
    "Live": _open(live=TRUTH),
    "Ready": _open(ready=TRUTH),
    "Model": _open(name=TEXT, versions=_list(TEXT), platform=TEXT, inputs=TENSORS, outputs=TENSORS),
    "ModelReady": _open(name=TEXT, ready=TRUTH),
    "Models": _open(models=_list(_open(name=TEXT, version=TEXT, ready=TRUTH, predicts=TEXT, target=TEXT))),
    "Inferred": _open(model_name=TEXT, model_version=TEXT, outputs=TENSORS),
    "Predicted": _open(model=TEXT, version=TEXT, answers=_list({"type": "object"}), notes=_list(TEXT)),
}
INFERRED: Schema = {
    JSON_KIND: {"schema": {"$ref": "#/components/schemas/Inferred"}},
    BINARY_KIND: {"schema": {"type": "string", "format": "binary"}},
}
PREDICTED: Schema = {JSON_KIND: {"schema": {"$ref": "#/components/schemas/Predicted"}}}
