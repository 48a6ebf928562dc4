"""The page in a browser: what a person sees of an answer, in words that are text and never mark-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.chromium import chromium
from tests.data.makers import encoded
from tests.serving.servers import digit
from tests.web.live import Live

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """An installed Chromium without a window; skipped with the reason where there is none."""
    with chromium() as start:
        yield start()


@pytest.fixture
def page(browser: Any, server: Live) -> Iterator[Any]:
    """The page on a small screen, its models there; no error may have been told by the browser."""
    opened = browser.new_page(viewport={"width": 390, "height": 800})
    errors: list[str] = []
    opened.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"http://127.0.0.1:{server.port}/")
    opened.wait_for_selector("#form:not([hidden])")
    yield opened
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened.close()
    assert [one for one in errors if "422" not in one] == []  # that an answer was a refusal is no error of the page


def test_the_likeliest_class_comes_first_whatever_it_is_called(page: Any, server: Live) -> None:
    """Names that are numbers too, which JavaScript's objects put into an order of their own."""
    for number in (9, 0, 8):
        picture = encoded(digit(number)[..., 0])
        (expected,) = server.ask("POST", "/predict/digits", picture, {"Content-Type": "image/png"}).json["answers"]
        page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": picture})
        page.evaluate("document.getElementById('result').replaceChildren()")
        page.click("#ask")
        page.wait_for_selector(".answer")
        assert page.inner_text(".value") == f"digit: {expected['digit']}"
        labels = page.eval_on_selector_all(".share span:first-child", "all => all.map((one) => one.textContent)")
        shares = expected["probabilities"]
        assert labels[0] == expected["digit"]
        assert [shares[one] for one in labels] == sorted(shares.values(), reverse=True)[:8]


def test_a_name_with_mark_up_is_shown_as_it_is(page: Any, server: Live) -> None:
    name = "<img src=x onerror=document.title='gone'>.png"
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": b"no picture"})
    page.click("#ask")
    page.wait_for_selector(".error")
    assert page.inner_text(".error").startswith(name)
    assert page.query_selector("#result img") is None
    assert page.title() == "Lamina: try a model"
