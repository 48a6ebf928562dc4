"""The plain routes for people: a file or rows in, answers out as `lamina predict --json` gives them."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lamina.data.inputs import Inputs
from lamina.data.sent_inputs import sent_file, sent_values
from lamina.data.text_encoder import TextEncoder
from lamina.model.answers import Answers, Prepared, prepare, told
from lamina.serving.models import Models
from lamina.serving.served import Served
from lamina.web.bodies import media_type, read_json_body, require_known
from lamina.web.refusing import refuse, within
from lamina.web.uploads import FORM, read_upload

ROWS = "rows"
FILE_KINDS = ("image/", "audio/")
FILES = frozenset({
    FORM, "text/csv", "text/plain", "text/tab-separated-values", "application/octet-stream", "application/jsonl",
    "application/x-ndjson",
})  # fmt: skip
FILE_NAME = "file-name"
"""The header that tells what a file is called that is the body itself, percent-encoded."""


def predicting_routes(models: Models) -> list[Route]:
    """`/models` and `/predict`."""
    return [
        Route("/models", _models(models)),
        Route("/predict", _predict(models), methods=["POST"]),
        Route("/predict/{model}", _predict(models), methods=["POST"]),
    ]


def described(served: Served) -> dict[str, Any]:
    """A model in a person's words."""
    return {
        "name": served.name,
        "version": served.version,
        "ready": served.ready,
        "predicts": served.model.task.describe(),
        "target": served.model.task.target,
        "takes": type(served.model.encoder).__name__.removesuffix("Encoder").lower(),
        "inputs": [one.as_json() for one in served.inputs],
    }


def _models(models: Models) -> Any:
    async def list_models(request: Request) -> Response:
        return JSONResponse({"models": [described(one) for one in models]})

    return list_models


def _predict(models: Models) -> Any:
    limits = models.limits

    async def predict(request: Request) -> Response:
        served = _chosen(request, models)
        async with within(limits.request_seconds, 504, "the answer took too long"):
            prepared = await _prepared(request, served, models)
            found = told(served.model, prepared, await served.predict(prepared))
        return _answer(served, found)

    return predict


def _chosen(request: Request, models: Models) -> Served:
    name = request.path_params.get("model")
    if name is None and len(models.names) > 1:
        refuse(404, f"this server has several models: ask {' or '.join(f'/predict/{one}' for one in models.names)}")
    return models.get(name if name is not None else models.names[0])


async def _prepared(request: Request, served: Served, models: Models) -> Prepared:
    """The examples of a request, read and encoded."""
    encoder, kind = served.model.encoder, media_type(request)

    def encoded(inputs: Inputs) -> Prepared:
        return prepare(served.model, served.require_moderate(inputs))

    if kind == "application/json":
        document = await read_json_body(request, models.limits)
        require_known(document, frozenset({ROWS}), "the request")
        if ROWS not in document or document[ROWS] in ([], {}):
            refuse(400, 'a request of JSON needs its examples: {"rows": [...]}')
        return await models.in_thread(lambda: encoded(sent_values(document[ROWS], encoder)))
    if kind not in FILES and not kind.startswith(FILE_KINDS):
        refuse(
            415,
            f"a file is needed with its content-type (image/png, text/csv ...), a form with one, or JSON; got {kind!r}",
        )
    name = urllib.parse.unquote(request.headers.get(FILE_NAME, ""))
    upload = await read_upload(request, models.limits, name)
    if isinstance(encoder, TextEncoder) and len(upload.data) > models.limits.text_bytes:
        refuse(413, f"a text may have {models.limits.text_bytes:,} bytes")
    return await models.in_thread(lambda: encoded(sent_file(upload.name, upload.data, encoder)))


def _answer(served: Served, found: Answers) -> Response:
    """The answers; where none of the examples can be read, the reason."""
    errors = [row for row in found.rows if row.error]
    if errors and len(errors) == len(found.rows):
        refuse(422, f"{found.called(errors[0])}: {errors[0].error}")
    answers: Sequence[dict[str, Any]] = found.as_json(served.model.task.target)
    document = {"model": served.name, "version": served.version, "answers": answers, "notes": list(found.notes)}
    return Response(json.dumps(document, allow_nan=False), media_type="application/json")
