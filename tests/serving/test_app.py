"""The whole app: its pages, what it tells of itself, what it never does."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from lamina.serving.app import OPEN_PATHS, PAGES
from lamina.serving.models import Models
from lamina.serving.openapi import openapi
from lamina.web.limits import Limits
from tests.serving.servers import infer, serving, tensor
from tests.web.live import Live, ask, status

TOKEN = "a-token-that-is-long-enough"
FLOWER = tensor("rows", "FP64", [[5.1, 3.5, 1.4, 0.2]])


class Tags(HTMLParser):
    """What a page loads, and what it would run."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.loaded += [str(given[name]) for name in ("src", "href") if name in given]
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        self.inline += [tag] * (tag == "style" or (tag == "script" and "src" not in given))


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_is_its_own(server: Live, path: str) -> None:
    answer = server.ask("GET", path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    tags = Tags()
    tags.feed(answer.body.decode())
    assert tags.inline == []
    assert all(one.startswith("/") and not one.startswith("//") for one in tags.loaded)
    assert all(server.ask("GET", one).status == 200 for one in tags.loaded)


def test_a_pages_files_ask_no_other_host(server: Live) -> None:
    for path in PAGES:
        # The one address that may stand there is a name, of SVG's words.
        text = re.sub(r"http://(127\.0\.0\.1:8000|www\.w3\.org/2000/svg)", "", server.ask("GET", path).body.decode())
        assert "://" not in text
        assert "innerHTML" not in text


def test_the_documentation_names_every_address(models: Models) -> None:
    text = (Path(sys.modules["lamina.serving"].__path__[0]) / "page" / "docs.html").read_text(encoding="utf-8")
    for path in openapi(models, token=False)["paths"]:
        general = re.sub(r"/versions/[^/]+", "", re.sub(r"(models|predict)/[^/]+", r"\1/{model}", path))
        assert general in text, path


def test_openapi_tells_of_every_model(server: Live) -> None:
    document = server.ask("GET", "/openapi.json").json
    assert document["openapi"] == "3.1.0"
    for name in ("digits", "iris", "diabetes", "table"):
        for path in (f"/v2/models/{name}", f"/v2/models/{name}/ready", f"/v2/models/{name}/infer", f"/predict/{name}"):
            assert path in document["paths"]
    assert "security" not in document["paths"]["/v2"]["get"]


def test_the_example_of_openapi_is_answered(server: Live) -> None:
    """For each model the constants of the schema, with the smallest data that it allows."""
    paths = server.ask("GET", "/openapi.json").json["paths"]
    for name in ("digits", "iris", "diabetes"):
        schema = paths[f"/v2/models/{name}/infer"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        one = schema["properties"]["inputs"]["items"]["properties"]
        given = {key: one[key]["const"] for key in ("name", "datatype", "shape")}
        given["data"] = [0] * one["data"]["minItems"]
        assert infer(server, name, given).status == 200


def test_openapi_allows_no_number_in_a_row_that_would_be_refused(server: Live) -> None:
    paths = server.ask("GET", "/openapi.json").json["paths"]
    for name in ("iris", "table"):
        schema = paths[f"/predict/{name}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        rows = schema["properties"]["rows"]
        (row,) = [one["items"] for one in rows.get("oneOf", [rows]) if one["items"]["type"] == "object"]
        assert row.get("additionalProperties", True) is (name == "table")
        for one in row["properties"].values():
            assert (one["minimum"], one["maximum"]) == (-1e18, 1e18)


@pytest.mark.slow
def test_with_a_token_everything_but_the_page_asks_for_it() -> None:
    known = {"Authorization": f"Bearer {TOKEN}"}
    with serving("iris", token=TOKEN) as (server, _):
        for path in OPEN_PATHS:
            assert server.ask("GET", path).status == 200
        for path in ("/v2", "/models", "/metrics", "/openapi.json", "/v2/models/iris", "/none"):
            assert server.ask("GET", path).status == 401
            assert server.ask("GET", path, headers=known).status != 401
        assert infer(server, "iris", FLOWER).status == 401
        assert infer(server, "iris", FLOWER, headers={"Authorization": "Bearer wrong"}).status == 401
        answer = infer(server, "iris", FLOWER, headers=known)
        assert answer.status == 200
        document = server.ask("GET", "/openapi.json", headers=known)
        assert TOKEN not in document.body.decode()
        assert document.json["paths"]["/v2"]["get"]["security"] == [{"token": []}]
        assert "security" not in document.json["paths"]["/v2/health/live"]["get"]


@pytest.mark.slow
def test_a_server_that_ends_is_no_longer_ready_and_answers_what_comes_until_then() -> None:
    with serving("iris") as (server, models), contextlib.closing(server.connection()) as connection:
        assert ask(connection, "GET", "/v2/health/ready").status == 200
        models.stop()
        assert ask(connection, "GET", "/v2/health/ready").status == 503
        assert ask(connection, "GET", "/v2/models/iris/ready").status == 503
        assert ask(connection, "GET", "/v2/health/live").status == 200
        server.server.stop()
        answer = ask(connection, "POST", "/v2/models/iris/infer", {"inputs": [FLOWER]})
        assert answer.status == 200
        assert answer.json["outputs"][0]["data"] == ["setosa"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Cookie": "a=b"},
    ],
)
def test_a_page_of_another_site_can_make_no_browser_ask(server: Live, kind: str, headers: dict[str, str]) -> None:
    """By a form, or by a script's request that needs no leave."""
    for path in ("/predict/iris", "/v2/models/iris/infer"):
        answer = server.ask("POST", path, b"{}", {"Content-Type": kind, **headers})
        assert (answer.status, answer.error) == (403, "pages of other sites may not ask this server")


@pytest.mark.parametrize("host", ["evil.com", "127.0.0.1.evil.com", "localhost.evil.com", "0.0.0.0", "LOCALHOST."])
def test_a_name_that_was_made_to_lead_here_is_refused_everywhere(server: Live, host: str) -> None:
    for path in ("/", "/models", "/v2/health/live"):
        assert server.ask("GET", path, headers={"Host": host}).status == 403


@pytest.mark.slow
def test_metrics_count_what_was_answered() -> None:
    with serving("iris") as (server, _):
        for _ in range(3):
            infer(server, "iris", FLOWER)
        infer(server, "iris", {**FLOWER, "shape": [1, 3]})
        for number in range(5):
            server.ask("GET", f"/secret-{number}")
        answer = server.ask("GET", "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4"
    lines = answer.body.decode().splitlines()
    assert 'lamina_requests_total{route="infer",status="200"} 3' in lines
    assert 'lamina_requests_total{route="infer",status="400"} 1' in lines
    assert 'lamina_requests_total{route="none",status="404"} 5' in lines
    assert 'lamina_request_seconds_bucket{route="infer",le="+Inf"} 4' in lines
    assert 'lamina_request_seconds_count{route="infer"} 4' in lines
    assert 'lamina_examples_total{model="iris"} 3' in lines
    assert 'lamina_model_ready{model="iris"} 1' in lines
    assert "secret" not in answer.body.decode()
    pattern = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+')
    assert [line for line in lines if not line.startswith("# ") and not pattern.fullmatch(line)] == []
    seconds = next(
        float(line.split()[1]) for line in lines if line.startswith('lamina_request_seconds_sum{route="infer"}')
    )
    assert 0 < seconds < 60


@pytest.mark.slow
def test_metrics_count_what_no_route_has_had_whole() -> None:
    head = b"POST /predict/iris HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    late = head + b"Content-Length: 9\r\n\r\n{"
    with serving("iris", limits=Limits(body_seconds=0.2)) as (server, _):
        assert status(server.raw(late)) == 408
        assert status(server.raw(b"nonsense\r\n\r\n")) == 400
        lines = server.ask("GET", "/metrics").body.decode().splitlines()
    assert [line for line in lines if line.startswith("lamina_requests_total")] == [
        'lamina_requests_total{route="none",status="408"} 1',
        'lamina_requests_total{route="none",status="400"} 1',
    ]


@pytest.mark.slow
def test_nothing_that_is_sent_opens_a_file_or_a_connection() -> None:
    """In a process of its own, in which every file that is opened, every connection and every program is noted."""
    words = [sys.executable, "-m", "tests.serving.audited"]
    root = Path(__file__).parents[2]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "nothing was opened"


def test_models_are_iterated_in_their_order(models: Models) -> None:
    found: Any = [one.name for one in models]
    assert tuple(found) == models.names
