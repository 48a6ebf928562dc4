"""The playground in a real browser: what a newcomer does with the mouse, and what the page promises beside it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.playground_page.driving import Playground, opened_page, until

pytestmark = pytest.mark.slow

FEWEST_FRAMES = 20
SLOWEST_ACKNOWLEDGEMENT = 0.1
NASTY = "<img src=x onerror=alert(1)>"


def error_shown(page: Any) -> float:
    """The test error that the page shows, as a share."""
    text = page.inner_text("#test-error").replace("<", "").strip()
    return float(text.removesuffix("%")) / 100 if text.endswith("%") else 1.0


def train_until(page: Any, error: float, seconds: float) -> float:
    """Press Run, wait for a test error below this one, press Pause; the error that was waited for, or the last one."""
    page.click("#run")
    end = time.monotonic() + seconds
    while (reached := error_shown(page)) >= error and time.monotonic() < end:
        page.wait_for_timeout(100)
    page.click("#run")
    page.wait_for_selector("body:not([data-running])")
    return reached


def choose_toy(page: Any, name: str) -> None:
    """Click a toy data set and wait for it, and for what is measured on it."""
    page.click(f"button[data-name='{name}']")
    page.wait_for_selector(f"button[data-name='{name}'][aria-pressed=true]")
    page.wait_for_selector("body[data-step]")


def lamina(folder: Path, *arguments: str) -> str:
    """A command of the program in a folder; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "lamina", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def save(page: Any) -> str:
    """Save what is shown; the file's name."""
    page.click("#save")
    page.click("#save-shown")
    until(page, "document.querySelector('#saved').textContent !== ''")
    name = page.inner_text("#saved").split()[2]
    page.keyboard.press("Escape")
    return str(name)


def test_a_newcomer_trains_the_spiral_by_mouse_alone(page: Any, playground: Playground) -> None:
    choose_toy(page, "spiral")
    assert error_shown(page) > 0.2
    found = 1.0
    for _ in range(3):  # the losses of single epochs jump: whoever paused at a bad one goes on
        found = train_until(page, 0.03, 60)
        if found < 0.05:
            break
    assert found < 0.05
    name = save(page)
    assert "Dense" in lamina(playground.folder, "show", name)


def test_at_least_twenty_frames_a_second_and_clicks_acknowledged_at_once(browser: Any, playground: Playground) -> None:
    for page in opened_page(browser, playground.address):
        choose_toy(page, "circle")
        page.click("#run")
        page.wait_for_selector("body[data-running]")
        page.wait_for_timeout(4000)  # then the best second counts: the machine's other work takes from it
        until(page, f"Number(document.body.dataset.frameRate) >= {FEWEST_FRAMES}")
        waited = []
        for _ in range(5):
            waited.append(page.evaluate(CLICKED_UNTIL_SHOWN))
            page.wait_for_timeout(300)
        assert sorted(waited)[2] < SLOWEST_ACKNOWLEDGEMENT
        accepted: list[float] = []
        for _ in range(3):  # by the server, while it trains
            if page.get_attribute("body", "data-running") is None:
                page.click("#run")
            page.select_option("label:has-text('Speed') select", "fast" if len(accepted) % 2 else "epoch")
            page.wait_for_timeout(1500)
            accepted.append(float(page.get_attribute("body", "data-acknowledged")) / 1000)
        assert sorted(accepted)[1] < SLOWEST_ACKNOWLEDGEMENT


CLICKED_UNTIL_SHOWN = """() => new Promise((resolve) => {
  const word = document.querySelector("#run-word"), start = performance.now();
  new MutationObserver((_, observer) => { observer.disconnect(); resolve((performance.now() - start) / 1000); })
    .observe(word, { childList: true, characterData: true, subtree: true });
  document.querySelector("#run").click();
})"""


def test_a_table_of_ones_own_is_opened_trained_and_used(page: Any, playground: Playground, data_folder: Path) -> None:
    table = data_folder / "penguins" / "penguins.csv"
    if not table.is_file():
        pytest.skip(f"{table} is not there")
    page.click("#open")
    page.set_input_files("#file", str(table))
    page.click(".choices button:text-is('species')")
    until(page, "document.querySelector('#subject').textContent.includes('penguins.csv')")
    assert train_until(page, 0.06, 90) < 0.06
    assert page.locator("table.confusion tbody tr").count() == 3
    name = save(page)
    answers = lamina(playground.folder, "predict", name, str(table), "--json")
    assert any(species in answers for species in ("Adelie", "Gentoo", "Chinstrap"))


def test_a_digit_is_drawn_and_answered(page: Any) -> None:
    page.select_option("label:has-text('Ready data') select", label="digits")
    page.wait_for_selector("#pad")
    assert train_until(page, 0.1, 120) < 0.1
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    draw_zero(page, box)
    until(page, "document.querySelector('#answer').textContent.startsWith('0 ')")
    assert page.locator("#panel-try canvas.seen").count() >= 1
    page.click("#run")  # while it trains the answer comes as quickly
    page.wait_for_selector("body[data-running]")
    page.click("#clear-pad")
    assert page.inner_text("#answer") == ""
    draw_zero(page, box)
    until(page, "document.querySelector('#answer').textContent.startsWith('0 ')", 5)
    page.click("#run")
    page.wait_for_selector("body:not([data-running])")
    page.click("#tab-neuron")
    page.select_option("label:has-text('Neuron') select", "1:")
    page.fill("label:has-text('Its place') input", "3, 4, 2")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.arithmetic').textContent.includes('place (3, 4), channel 2')")


def draw_zero(page: Any, box: dict[str, float]) -> None:
    """An upright oval with the mouse."""
    import math

    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y - 0.33 * box["height"])
    page.mouse.down()
    for step in range(1, 41):
        angle = 2 * math.pi * step / 40
        page.mouse.move(x + 0.2 * box["width"] * math.sin(angle), y - 0.33 * box["height"] * math.cos(angle))
    page.mouse.up()


def test_names_with_markup_are_shown_as_text(page: Any, tmp_path: Path) -> None:
    rows = [f"{at % 7},{(at * 3) % 11},{NASTY if at % 2 else 'b'}" for at in range(80)]
    table = tmp_path / "nasty.csv"
    table.write_text("\n".join([f"{NASTY}x,y,kind", *rows]) + "\n", encoding="utf-8")
    page.click("#open")
    page.set_input_files("#file", str(table))
    until(page, "document.querySelector('#subject').textContent.includes('nasty.csv')")
    assert page.locator("img").count() == 0
    assert page.get_by_text(NASTY).count() >= 1


def test_a_weight_is_changed_by_click_and_the_loss_follows(page: Any) -> None:
    choose_toy(page, "circle")
    before = page.inner_text("#train-loss")
    page.locator(".touch").first.dispatch_event("click")
    page.fill("dialog input", "3.5")
    page.keyboard.press("Enter")
    until(page, f"document.querySelector('#train-loss').textContent !== {json.dumps(before)}")
    page.click("#reset")
    until(page, f"document.querySelector('#train-loss').textContent === {json.dumps(before)}")


def test_back_through_the_run_and_a_second_run_from_there(page: Any) -> None:
    choose_toy(page, "gauss")
    train_until(page, -1, 3)
    page.wait_for_selector("#history-part:not([hidden])")
    slider = page.locator("#history-part input[type=range]")
    slider.fill("0")
    until(page, "document.querySelector('#epoch').textContent === '0'")
    page.click("#fork")
    page.wait_for_selector("#drop-b")
    assert page.locator(".run-output").count() == 2
    page.click("#drop-b")
    until(page, "document.querySelectorAll('.run-output').length === 1")


def steps(page: Any, count: int) -> None:
    """Press Step, an epoch each."""
    page.select_option("#step-by", "epoch")
    for _ in range(count):
        before = page.inner_text("#epoch")
        page.click("#step")
        until(page, f"document.querySelector('#epoch').textContent !== '{before}'")


def figures(page: Any) -> list[str]:
    """All readings."""
    return [
        page.inner_text(f"#{name}") for name in ("epoch", "train-loss", "test-loss", "validation-loss", "test-error")
    ]


def test_a_link_leaves_single_controls_out(page: Any, browser: Any) -> None:
    page.click("#options")
    page.click("#hiding summary")
    for name in ("Learning rate", "Activation", "Noise"):
        page.click(f"#hiding label:text-is('{name}')")
    rate = "#training-body label:has-text('Learning rate')"
    assert not page.is_visible(rate)
    assert not page.is_visible(".layer-head select >> nth=0")
    assert page.is_visible("#training-body label:has-text('Batch size')")
    for other in opened_page(browser, page.url):
        other.wait_for_selector("#training-body label:has-text('Batch size')")
        assert not other.is_visible(rate)
        assert not other.is_visible("#data-body label:has-text('Noise')")
        other.click("#options")
        other.click("#hiding summary")
        other.click("#hiding label:text-is('Learning rate')")
        other.wait_for_selector(rate)


def test_the_curve_is_read_while_a_run_runs(page: Any) -> None:
    choose_toy(page, "gauss")
    page.click("#run")
    page.wait_for_selector("body[data-running]")
    page.wait_for_timeout(500)
    page.locator(".run-output svg").first.hover()
    reading = "document.querySelector('.run-output svg + .reading').textContent.startsWith('epoch ')"
    until(page, reading)
    page.wait_for_timeout(500)
    assert page.evaluate(reading)
    page.click("#run")
    page.wait_for_selector("body:not([data-running])")
    assert page.locator(".here").get_attribute("visibility") == "hidden"
    page.locator("#history-part input[type=range]").fill("0")
    until(page, "document.querySelector('.here').getAttribute('visibility') === 'visible'")


def test_the_same_start_again_gives_the_same_numbers(page: Any) -> None:
    choose_toy(page, "circle")
    first = figures(page)
    steps(page, 3)
    there = figures(page)
    page.click("#reset")
    until(page, "document.querySelector('#epoch').textContent === '0'")
    assert figures(page) == first
    steps(page, 3)
    assert figures(page) == there
    page.locator("#history-part input[type=range]").fill("1")
    until(page, "document.querySelector('#epoch').textContent === '1'")
    steps(page, 2)
    assert figures(page) == there


def test_steps_by_example_fill_a_batch(page: Any) -> None:
    choose_toy(page, "gauss")
    page.click("#reset")
    until(page, "document.querySelector('#epoch').textContent === '0'")
    page.select_option("#step-by", "example")
    for taken in range(1, 10):
        page.click("#step")
        until(page, f"document.querySelector('#activity').textContent === 'batch 0 of 32, example {taken}'")
    page.click("#step")
    until(page, "document.querySelector('#activity').textContent === 'batch 1 of 32'")
    page.select_option("#step-by", "batch")
    page.click("#step")
    until(page, "document.querySelector('#activity').textContent === 'batch 2 of 32'")


def test_the_code_that_is_shown_saves_the_same_file(page: Any, playground: Playground, tmp_path: Path) -> None:
    choose_toy(page, "gauss")
    page.click("#reset")
    until(page, "document.querySelector('#epoch').textContent === '0'")
    steps(page, 3)
    page.click("#save")
    page.click("#save-best")
    until(page, "document.querySelector('#saved').textContent !== ''")
    saved = playground.folder / page.inner_text("#saved").split()[2]
    page.keyboard.press("Escape")
    page.click("#code")
    words = shlex.split(page.inner_text("dialog pre >> nth=0"))
    page.keyboard.press("Escape")
    lamina(tmp_path, *words[1:], "--no-log")
    assert (tmp_path / "gauss.safetensors").read_bytes() == saved.read_bytes()


READINGS = "[...document.querySelectorAll('.run-head span.quiet')].map((one) => one.textContent)"


def test_two_runs_stand_beside_each_other_with_what_distinguishes_them(page: Any) -> None:
    choose_toy(page, "circle")
    steps(page, 2)
    page.click("#fork")
    page.wait_for_selector("#drop-b")
    head = page.locator(".run-head")
    until(page, "document.querySelectorAll('.run-head .quiet')[1].textContent.includes('the same settings')")
    steps(page, 1)
    told = head.locator("span.quiet")
    until(page, f"({READINGS}).every((text) => text.startsWith('epoch 3,'))")
    assert told.nth(0).inner_text() == told.nth(1).inner_text()  # from one place by one way
    page.click("button:text-is('Run B')")
    page.fill("#training-body label:has-text('Learning rate') input", "0.1")
    page.keyboard.press("Enter")
    until(page, "document.querySelectorAll('.differs')[1].textContent === 'learning rate 0.1'")
    assert page.locator(".differs").nth(0).inner_text() == "learning rate 0.01"
    steps(page, 1)
    until(page, f"({READINGS}).every((text) => text.startsWith('epoch 4, test loss'))")
    assert told.nth(0).inner_text() != told.nth(1).inner_text()
    page.click("#drop-b")
    until(page, "document.querySelectorAll('.run-output').length === 1")


def test_settings_of_a_link_are_those_of_the_page(browser: Any, page: Any) -> None:
    choose_toy(page, "exclusive_or")
    until(page, "location.hash.includes('exclusive_or')")
    address = page.evaluate("location.href")
    choose_toy(page, "gauss")
    until(page, "location.hash.includes('gauss')")
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("button[data-name=exclusive_or][aria-pressed=true]")


def test_everything_is_reached_by_keyboard_and_named(page: Any) -> None:
    choose_toy(page, "circle")
    assert page.evaluate(NAMELESS) == []
    page.locator("body").press("r")
    page.wait_for_selector("body[data-running]")
    page.locator("body").press("r")
    page.wait_for_selector("body:not([data-running])")
    page.locator(".neuron[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.classList.contains('neuron')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tab-neuron[aria-selected=true]")
    until(page, "document.querySelector('.arithmetic').textContent.includes('=')")


NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea, [role=application]")]
  .filter((one) => one.offsetParent !== null && !one.getAttribute("aria-label") && !one.textContent.trim()
    && !(one.labels && [...one.labels].some((label) => label.textContent.trim())))
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(("width", "height"), [(360, 740), (768, 1024), (1360, 900), (1920, 1080)])
def test_nothing_sticks_out_of_the_window(browser: Any, playground: Playground, width: int, height: int) -> None:
    for page in opened_page(browser, playground.address):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL) == []


SMALL = """() => [...document.querySelectorAll("button, select")]
  .filter((one) => one.offsetParent && one.offsetHeight < 24 && !one.closest(".plan"))
  .map((one) => one.outerHTML.slice(0, 100))"""


@pytest.fixture
def short_lived(tmp_path: Path) -> Iterator[Playground]:
    started = Playground(tmp_path)
    yield started
    started.stop()


def test_a_server_that_stops_and_a_wrong_address_are_told(browser: Any, short_lived: Playground) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(short_lived.address.split("#")[0] + "#token=wrong")
    page.wait_for_selector(".message.error")
    assert "take the whole line that lamina play has printed" in page.inner_text(".message.error")
    page.goto("about:blank")
    page.goto(short_lived.address)
    page.wait_for_selector("body[data-step]")
    short_lived.stop()
    page.wait_for_selector(".message.error")
    assert "has stopped" in page.inner_text(".message.error")
    context.close()
