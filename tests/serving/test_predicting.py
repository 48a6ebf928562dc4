"""The plain routes: files and rows as people send them, answers as `lamina predict --json` prints them."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.program import lamina
from tests.data.makers import csv_of, encoded, passengers
from tests.serving.servers import MODELS, digit, serving
from tests.web.live import Live

FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]]
NAMES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
CSV = ",".join(NAMES) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in FLOWERS)


def png(number: int = 0) -> bytes:
    return encoded(digit(number)[..., 0])


def form(name: str, data: bytes) -> tuple[bytes, dict[str, str]]:
    head = f'--mark\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return head + data + b"\r\n--mark--\r\n", {"Content-Type": "multipart/form-data; boundary=mark"}


def answers(found: Any) -> Any:
    assert found.status == 200, found.body
    return found.json["answers"]


def same(found: Any, expected: Any) -> bool:
    """Equal, with numbers to 1e-6."""
    if isinstance(expected, dict):
        return list(found) == list(expected) and all(same(found[key], expected[key]) for key in expected)
    return bool(found == pytest.approx(expected, abs=1e-6) if isinstance(expected, float) else found == expected)


def offline(folder: Path, name: str, file: Path) -> Any:
    """What `lamina predict --json` prints."""
    model = MODELS[name]().save(folder / f"{name}.safetensors")
    return json.loads(lamina(folder, "predict", model, file.name, "--json").out)


def test_a_picture_is_answered_as_offline(server: Live, tmp_path: Path) -> None:
    (tmp_path / "seven.png").write_bytes(png(7))
    (expected,) = offline(tmp_path, "digits", tmp_path / "seven.png")
    for body, headers in (
        form("seven.png", png(7)),
        (png(7), {"Content-Type": "image/png", "File-Name": "seven.png"}),
        (png(7), {"Content-Type": "application/octet-stream", "File-Name": "folder%2Fseven.png"}),
    ):
        (found,) = answers(server.ask("POST", "/predict/digits", body, headers))
        assert same(found, expected)


def test_a_table_is_answered_as_offline(server: Live, tmp_path: Path) -> None:
    (tmp_path / "flowers.csv").write_text(CSV)
    expected = offline(tmp_path, "iris", tmp_path / "flowers.csv")
    found = answers(server.ask("POST", "/predict/iris", *form("flowers.csv", CSV.encode())))
    assert all(same(a, b) for a, b in zip(found, expected, strict=True))
    assert [one["name"] for one in found] == ["flowers.csv, line 2", "flowers.csv, line 3"]


def test_a_table_of_every_kind_of_column(server: Live, tmp_path: Path) -> None:
    data = csv_of(passengers(8, seed=3), without=("Survived",))
    (tmp_path / "new.csv").write_bytes(data)
    expected = offline(tmp_path, "table", tmp_path / "new.csv")
    found = answers(server.ask("POST", "/predict/table", data, {"Content-Type": "text/csv", "File-Name": "new.csv"}))
    assert all(same(a, b) for a, b in zip(found, expected, strict=True))


def test_rows_as_json(server: Live) -> None:
    by_place = answers(server.ask("POST", "/predict/iris", {"rows": FLOWERS}))
    named = [{"class": "?", **dict(zip(NAMES, row, strict=True))} for row in FLOWERS]
    by_name = answers(server.ask("POST", "/predict/iris", {"rows": named}))
    assert by_place == by_name
    assert [one["class"] for one in by_place] == ["setosa", "virginica"]
    rows = [{name: value or None for name, value in row.items() if name != "Survived"} for row in passengers(3)]
    assert len(answers(server.ask("POST", "/predict/table", {"rows": rows}))) == 3


def test_pictures_as_json(server: Live) -> None:
    found = answers(server.ask("POST", "/predict/digits", {"rows": [digit(5).tolist()]}))
    assert found[0]["digit"] == MODELS["digits"]().predict(digit(5))[0].value


@pytest.mark.slow
def test_texts_as_json_and_as_files() -> None:
    with serving("texts") as (server, _):
        by_json = answers(server.ask("POST", "/predict", {"rows": ["a good film"]}))
        by_file = answers(server.ask("POST", "/predict", *form("review.txt", b"a good film")))
        assert by_json[0]["name"] == "text 1"
        assert by_file[0]["name"] == "review.txt"
        assert {**by_json[0], "name": ""} == {**by_file[0], "name": ""}


@pytest.mark.slow
def test_a_series_goes_on_as_offline(tmp_path: Path) -> None:
    data = "month,sales\n" + "".join(
        f"{2024 + month // 12}-{month % 12 + 1:02}-01,{50 + month}\n" for month in range(15)
    )
    (tmp_path / "sales.csv").write_text(data)
    expected = offline(tmp_path, "series", tmp_path / "sales.csv")
    with serving("series") as (server, _):
        found = answers(server.ask("POST", "/predict", *form("sales.csv", data.encode())))
    assert len(found) == 3
    assert all(same(a, b) for a, b in zip(found, expected, strict=True))


def test_the_models_in_words(server: Live) -> None:
    found = server.ask("GET", "/models").json["models"]
    assert [one["name"] for one in found] == ["digits", "iris", "diabetes", "table"]
    assert [one["takes"] for one in found] == ["picture", "number", "number", "table"]
    assert found[1]["target"] == "class"
    assert found[1]["predicts"].startswith("class, one of 3 classes: setosa")
    assert found[1]["inputs"][0]["parameters"]["columns"] == list(NAMES)


def test_of_several_models_one_is_named(server: Live) -> None:
    answer = server.ask("POST", "/predict", {"rows": FLOWERS})
    assert (answer.status, answer.error.split(":")[0]) == (404, "this server has several models")
    assert "/predict/iris" in answer.error
    answer = server.ask("POST", "/predict/none", {"rows": FLOWERS})
    assert (answer.status, answer.error) == (
        404,
        "there is no model of this name; there is digits, iris, diabetes, table",
    )


def bomb() -> bytes:
    """A small file of a very large picture."""
    data = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(data, "PNG", compress_level=1)
    return data.getvalue()


def archive() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        made.writestr("a.png", png())
    return data.getvalue()


WAV = b"RIFF" + struct.pack("<I", 2**32 - 1) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 16_000, 2, 16)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("model", "data", "why"),
    [
        ("digits", png()[:60], "x: a truncated picture"),
        ("digits", b"", "x: an empty file"),
        ("digits", SVG, "x: not a picture in a known format"),
        ("digits", archive(), "x: not a picture in a known format"),
        ("digits", CSV.encode(), "x: not a picture in a known format"),
        ("digits", bomb(), "x: it has far more than 64,000,000 pixels"),
        ("digits", WAV, "x: not a picture in a known format"),
        ("iris", b"", "x is empty"),
        ("iris", png(), "x"),
        ("iris", archive(), "x is packed: send the table as text"),
        ("iris", b"\x1f\x8b" + bytes(20), "x is packed"),
        ("iris", b"PAR1" + bytes(20), "x is packed"),
        ("iris", b"a,b\n1,2\n", "x: the model needs the columns sepal length (cm)"),
        ("iris", CSV.replace("5.1", "five").encode(), "x, line 2"),
        ("iris", CSV.splitlines()[0].encode() + b"\n1e300,3.5,1.4,0.2\n", "too large for the model"),
    ],
)
def test_files_that_cannot_be_read_say_why(server: Live, model: str, data: bytes, why: str) -> None:
    answer = server.ask("POST", f"/predict/{model}", *form("x", data))
    assert answer.status == 422
    assert answer.error.startswith(why) or why in answer.error
    assert "/tmp" not in answer.error


def test_a_file_that_is_two_things_at_once_is_what_the_model_takes(server: Live) -> None:
    """A picture with an archive and a page behind it: the picture is answered, nothing else is looked at."""
    (plain,) = answers(server.ask("POST", "/predict/digits", *form("x", png(7))))
    (both,) = answers(server.ask("POST", "/predict/digits", *form("x", png(7) + archive() + SVG)))
    assert both == plain
    assert server.ask("POST", "/predict/digits", *form("x", SVG + png(7))).status == 422


@pytest.mark.slow
def test_sounds_that_cannot_be_read() -> None:
    with serving("sounds") as (server, _):
        answer = server.ask("POST", "/predict", *form("x.wav", WAV + b"data" + struct.pack("<I", 2**31) + b"ab"))
        assert (answer.status, "truncated" in answer.error) == (422, True)


def test_one_bad_row_among_good_ones(server: Live) -> None:
    data = CSV.replace("5.1", "1e300").encode() + b"5.0,3.6,1.4,0.2\n"
    found = answers(server.ask("POST", "/predict/iris", *form("x.csv", data)))
    assert found[0] == {"name": "x.csv, line 2", "error": "it has a number too large for the model"}
    assert [one.get("class") for one in found] == [None, "virginica", "setosa"]


@pytest.mark.parametrize(
    ("document", "status", "why"),
    [
        ({}, 400, 'a request of JSON needs its examples: {"rows": [...]}'),
        ({"rows": []}, 400, "needs its examples"),
        ({"rows": {}}, 400, "needs its examples"),
        ({"rows": FLOWERS, "url": "http://169.254.169.254/"}, 400, "the request has 'url'; it may have rows"),
        ({"rows": FLOWERS * 513}, 400, "a request may have 1,024 examples; got 1,026"),
        ({"rows": ["/etc/passwd"]}, 422, "the model takes rows of numbers"),
        ({"rows": "/etc/passwd"}, 422, "the model takes rows of numbers"),
        ({"rows": [[1, 2, 3]]}, 422, "the model takes rows of 4 numbers"),
        ({"rows": [[1, 2, 3], [1, 2, 3, 4]]}, 422, "differ in length"),
        ({"rows": [[1, 2, 3, None]]}, 422, "the model takes rows of numbers"),
        ({"rows": [[1, 2, 3, "4"]]}, 422, "the model takes rows of numbers"),
        ({"rows": [{"sepal length (cm)": 1}]}, 422, "row 1 has no sepal width (cm)"),
        ({"rows": [[1, 2, 3, 1e19]]}, 422, "row 1 has a number above 1e+18"),
        ({"rows": None}, 422, "the model takes rows of numbers"),
        ({"rows": 7}, 422, "the model takes rows of 4 numbers"),
        ({"rows": [[[1, 2, 3, 4]]]}, 422, "rows of numbers need an array"),
    ],
)
def test_rows_that_cannot_be_taken(server: Live, document: dict[str, Any], status: int, why: str) -> None:
    answer = server.ask("POST", "/predict/iris", document)
    assert answer.status == status
    assert why in answer.error


@pytest.mark.parametrize(
    "rows", ["/etc/passwd", ["/etc/passwd"], [["/etc/passwd"]], {"a": 1}, [[256]], [[[0.5]]], [None], 3]
)
def test_what_is_no_picture_is_no_file_either(server: Live, rows: Any) -> None:
    answer = server.ask("POST", "/predict/digits", {"rows": rows})
    assert answer.status == 422
    assert "root:" not in answer.error


@pytest.mark.parametrize(
    "rows",
    ["/etc/passwd", ["/etc/passwd"], {"Age": [{}]}, [{"Age": [1]}], [[1]], [None], 3, [{"Age": {"a": 1}}], {"Age": 3}],
)
def test_what_is_no_row_of_a_table(server: Live, rows: Any) -> None:
    assert server.ask("POST", "/predict/table", {"rows": rows}).status == 422


@pytest.mark.parametrize(
    "kind", ["text/html", "application/x-www-form-urlencoded", "application/xml", "video/mp4", "", "nonsense"]
)
def test_other_kinds_of_bodies(server: Live, kind: str) -> None:
    answer = server.ask("POST", "/predict/iris", CSV.encode(), {"Content-Type": kind})
    assert answer.status == 415
    assert (
        server.ask("POST", "/predict/iris", b"x", {"Content-Type": "text/csv", "Content-Encoding": "gzip"}).status
        == 415
    )


@pytest.mark.parametrize("name", ["../../x", "con", "a" * 300, "<img src=x onerror=alert(1)>.csv", "x\r\ny.csv"])
def test_names_of_files_are_shown_and_not_used(server: Live, name: str) -> None:
    found = answers(server.ask("POST", "/predict/iris", *form(name.replace("\r\n", ""), CSV.encode())))
    assert found[0]["name"].endswith(", line 2")
    assert len(found[0]["name"]) < 120
    assert ".." not in found[0]["name"].split(",")[0]


def test_a_name_that_would_be_two_headers(server: Live) -> None:
    headers = {"Content-Type": "text/csv", "File-Name": "x%0D%0ASet-Cookie:a=b.csv"}
    answer = server.ask("POST", "/predict/iris", CSV.encode(), headers)
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
