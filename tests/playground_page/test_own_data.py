"""One's own data on the page, by mouse alone: folders and archives, texts, numbers, models, a voice."""

from __future__ import annotations

import csv
import io
import random
import re
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.makers import encoded, write, zipped
from tests.playground_page.driving import Playground, opened_page, until
from tests.playground_page.test_in_browser import draw_zero, error_shown, lamina, save, train_until

pytestmark = pytest.mark.slow

RATE_HZ = 8_000
SEVEN = "fsdd/test/7/7_george_0.wav"
WORDS = {"spam": ("prize", "win", "call", "free"), "ham": ("home", "dinner", "later", "thanks")}


def subject_has(name: str) -> str:
    return f"document.querySelector('#subject').textContent.includes('{name}')"


def open_file(page: Any, path: Path, field: str = "#file") -> None:
    """Press Open, choose a file or a folder, wait for it and for what is measured on it."""
    page.click("#open")
    page.set_input_files(field, str(path))
    until(page, subject_has(path.name), 60)
    page.wait_for_selector("body[data-step]")


def shapes(count: int = 40) -> dict[str, bytes]:
    """Pictures of 12 x 12 in two class folders: rings and bars."""
    chance, found = np.random.default_rng(0), {}
    down, across = np.mgrid[:12, :12]
    for place in range(count):
        x, y = chance.uniform(4.5, 6.5, 2)
        ring = np.abs(np.hypot(across - x, down - y) - 3.5) < 1
        bar = np.abs(across - x) < 1
        for name, ink in (("bar", bar), ("ring", ring)):
            found[f"{name}/{place}.png"] = encoded(np.where(ink, 20, 235).astype(np.uint8))
    return found


def sound_bytes(pitch_hz: float, seconds: float, before: float = 0.0) -> bytes:
    """A WAV file with a tone, after some silence."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = 0.6 * np.sin(2 * np.pi * pitch_hz * time)
    samples = np.concatenate([np.zeros(round(before * RATE_HZ)), tone])
    noisy = samples + np.random.default_rng(round(pitch_hz)).normal(0, 0.003, len(samples))
    return wav_of(32_000 * np.clip(noisy, -1, 1))


def wav_of(samples: np.ndarray[Any, Any]) -> bytes:
    """A WAV file of samples from -32,768 to 32,767."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def tones(count: int = 25) -> dict[str, bytes]:
    """Low and high tones in two class folders."""
    chance, found = random.Random(0), {}
    for place in range(count):
        for name, (low, high) in {"high": (1500, 2500), "low": (200, 350)}.items():
            found[f"{name}/{place}.wav"] = sound_bytes(chance.uniform(low, high), chance.uniform(0.4, 0.6))
    return found


def test_a_folder_of_pictures_is_opened_drawn_on_and_saved(page: Any, playground: Playground, tmp_path: Path) -> None:
    folder = write(tmp_path / "shapes", shapes())
    open_file(page, folder, "#folder")
    assert train_until(page, 0.05, 90) < 0.05
    page.locator("#pad").scroll_into_view_if_needed()
    draw_zero(page, page.locator("#pad").bounding_box())
    until(page, "document.querySelector('#answer').textContent.startsWith('ring')")
    assert page.locator("#panel-try canvas.seen").count() == 2
    page.click("#clear-pad")
    assert page.inner_text("#answer") == ""
    name = save(page)
    assert "ring" in lamina(playground.folder, "predict", name, str(folder / "ring" / "0.png"))
    page.click("#code")
    assert page.inner_text("dialog pre >> nth=0").startswith("lamina train shapes --layers")
    page.keyboard.press("Escape")


@pytest.mark.parametrize("kind", ["folder", "zip", "csv"])
def test_data_is_dropped_on_the_page_and_learnt(page: Any, kind: str, tmp_path: Path) -> None:
    if kind == "folder":
        drop(page, write(tmp_path / "dropped.folder", shapes()))
    elif kind == "zip":
        drop(page, zipped(tmp_path / "dropped.zip", shapes()))
    else:
        rows = [f"{x},{y},{'east' if x > 0 else 'west'}" for x in range(-9, 10, 2) for y in range(-9, 10, 2)]
        (tmp_path / "dropped.csv").write_text("\n".join(["along,across,side", *rows]))
        drop(page, tmp_path / "dropped.csv")
        page.click(".choices button:text-is('side')")
    until(page, subject_has(f"dropped.{kind}"), 60)
    assert f"{100 if kind == 'csv' else 80} examples" in page.inner_text("#subject")
    assert train_until(page, 0.06, 90) < 0.06


def drop(page: Any, path: Path) -> None:
    """What a person does who drags a file or a folder out of a window of the system."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 300, "data": data})
    session.detach()


def test_an_empty_folder_is_told(page: Any, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / ".hidden").write_text("x")
    drop(page, tmp_path / "nothing")
    page.wait_for_selector(".message.error")
    assert "The folder nothing holds no files." in page.inner_text(".message.error")


def test_an_archive_of_sounds_is_learnt_and_looked_into(page: Any, tmp_path: Path) -> None:
    open_file(page, zipped(tmp_path / "tones.zip", tones()))
    page.select_option("label:has-text('Speed') select", "epoch")
    assert train_until(page, 0.05, 120) < 0.05
    page.click("#next-example")
    until(page, "/^(high|low)/.test(document.querySelector('#answer').textContent)")
    until(page, "document.querySelectorAll('#panel-try canvas.seen').length === 2")
    wide, high = page.evaluate("(() => { const c = document.querySelector('.seen'); return [c.width, c.height] })()")
    assert high == 40  # bands of pitch from the bottom to the top
    assert wide > 20


WATCH = """(() => {
  window.seen = [];
  const text = (place) => document.querySelector(place).textContent;
  const keep = () => window.seen.push([text("#subject"), text("#test-error"), text("#output-body")]);
  new MutationObserver(keep).observe(document.body, { subtree: true, childList: true, characterData: true });
})()"""


def test_no_figure_of_other_data_stands_beside_the_new_name(page: Any, tmp_path: Path) -> None:
    open_file(page, write(tmp_path / "shapes", shapes()), "#folder")
    assert train_until(page, 0.05, 90) < 0.05
    page.evaluate(WATCH)
    open_file(page, zipped(tmp_path / "tones.zip", tones()))
    until(page, "document.body.dataset.step === '0'")
    beside = [(error, output) for subject, error, output in page.evaluate("window.seen") if "tones.zip" in subject]
    assert {error for error, _ in beside} <= {"–", page.inner_text("#test-error")}
    assert {count for _, output in beside for count in re.findall(r"of (\d+) test examples", output)} == {"10"}


def test_texts_are_learnt_and_asked(page: Any, playground: Playground, tmp_path: Path) -> None:
    chance = random.Random(0)
    rows = [
        (kind, " ".join(chance.choices(["the", "and", "you", "now", "at"], k=6) + chance.choices(WORDS[kind], k=2)))
        for kind in ("spam", "ham") * 100
    ]
    table = tmp_path / "messages.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([("label", "message"), *rows])
    open_file(page, table)
    assert train_until(page, 0.05, 120) < 0.05
    page.fill("#panel-try textarea", "you win a free prize at once now")
    page.click("#panel-try button:has-text('Ask')")
    until(page, "document.querySelector('#answer').textContent.startsWith('spam')")
    page.fill("#panel-try textarea", "thanks, dinner at home later")
    page.click("#panel-try button:has-text('Ask')")
    until(page, "document.querySelector('#answer').textContent.startsWith('ham')")
    assert page.locator(".message.error").count() == 0
    name = save(page)
    assert "spam" in lamina(playground.folder, "predict", name, str(table), "--json")


def test_a_table_of_numbers_with_many_columns(page: Any, playground: Playground, tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    values = chance.normal(size=(400, 20))
    price = 3 * values[:, 17] - 2 * values[:, 4] + chance.normal(0, 0.1, 400)
    table = tmp_path / "houses.csv"
    head = ",".join([*(f"c{place}" for place in range(20)), "price"])
    np.savetxt(table, np.column_stack([values, price]), delimiter=",", header=head, comments="", fmt="%.4f")
    page.click("#open")
    page.set_input_files("#file", str(table))
    page.click(".choices button:text-is('price')")
    until(page, subject_has("houses.csv"), 60)
    page.wait_for_selector("body[data-step]")
    assert "a number, price" in page.inner_text("#subject")
    until(page, "document.querySelector('#error-name').textContent === 'Test error (mean size)'")
    before = float(page.inner_text("#test-error"))
    page.click("#run")
    until(page, f"Number(document.querySelector('#test-error').textContent) < {before / 4}", 90)
    page.click("#run")
    page.wait_for_selector("body:not([data-running])")
    until(page, "/those with the largest weights/.test(document.querySelector('#every-input').textContent)")
    drawn = page.locator(".neuron .name.input").all_inner_texts()
    assert len(drawn) == 12
    assert set(drawn[:2]) == {"c17", "c4"}, drawn
    fields = page.locator("#panel-try .fields >> nth=0").locator("label span").all_inner_texts()
    assert set(fields[:2]) == {"c17", "c4"}
    assert len(fields) == 8
    page.click("#every-input")
    assert page.locator(".neuron .name.input").count() == 20
    page.click("#every-input")
    page.click("#ask-row")
    until(page, "document.querySelector('#answer').textContent !== ''")
    mattering = page.locator("#panel-try table tr").count()
    assert mattering == 10
    page.click(".chips.many + .row button:has-text('None')")
    page.click("button[data-name='c4']")
    page.click("button[data-name='c17']")
    until(page, "document.querySelectorAll('.neuron .name.input').length === 2", 60)
    assert "--kinds" in code_of(page)


def code_of(page: Any) -> str:
    page.click("#code")
    text = str(page.inner_text("dialog pre >> nth=0"))
    page.keyboard.press("Escape")
    return text


def test_a_saved_model_is_opened_by_button_and_by_drop(page: Any, playground: Playground) -> None:
    page.click("button[data-name='circle']")
    page.wait_for_selector("button[data-name='circle'][aria-pressed=true]")
    train_until(page, 0.03, 60)
    error = page.inner_text("#test-error")
    name = save(page)
    path = playground.folder / name
    page.click("#reset")
    until(page, "document.querySelector('#epoch').textContent === '0'")
    page.click("#open")
    page.set_input_files("#file", str(path))
    until(page, f"document.querySelector('#test-error').textContent === '{error}'")
    page.click("button[data-name='gauss']")
    page.wait_for_selector("button[data-name='gauss'][aria-pressed=true]")
    drop(page, path)
    page.wait_for_selector("button[data-name='circle'][aria-pressed=true]")
    until(page, f"document.querySelector('#test-error').textContent === '{error}'")


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    lamina(folder, "train", "digits", "--network", "mlp", "--epochs", "15", "-o", "digits.safetensors")
    return folder / "digits.safetensors"


def test_a_model_that_was_trained_elsewhere_is_begun_with(browser: Any, model_file: Path, tmp_path: Path) -> None:
    started = Playground(tmp_path, str(model_file))
    try:
        for page in opened_page(browser, started.address):
            until(page, subject_has("digits"))
            assert error_shown(page) < 0.1
            page.locator("#pad").scroll_into_view_if_needed()
            draw_zero(page, page.locator("#pad").bounding_box())
            until(page, "document.querySelector('#answer').textContent.startsWith('0 ')")
    finally:
        started.stop()


def hearing(launch: Callable[..., Any], said: Path) -> Any:
    """A Chromium whose microphone hears a WAV file again and again."""
    return launch(
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={said}",
    )  # fmt: skip


def say(page: Any, seconds: float) -> None:
    """Press Record, let the microphone hear for a while, press Stop."""
    page.click("button:text-is('Record')")
    page.wait_for_selector("button:text-is('Stop')")
    page.wait_for_timeout(1000 * seconds)
    page.click("button:text-is('Stop')")


def test_what_is_said_into_the_microphone_is_answered(launch: Callable[..., Any], tmp_path: Path) -> None:
    said = tmp_path / "said.wav"
    said.write_bytes(sound_bytes(2_000, 0.5, before=0.7))
    started = Playground(tmp_path, str(zipped(tmp_path / "tones.zip", tones())))
    try:
        for page in opened_page(hearing(launch, said), started.address, permissions=["microphone"]):
            assert train_until(page, 0.05, 120) < 0.05
            say(page, 1.6)
            until(page, "document.querySelector('#answer').textContent.startsWith('high')")
            assert "s recorded" in page.inner_text("#panel-try")
    finally:
        started.stop()


def test_a_digit_is_said_that_was_never_learnt(launch: Callable[..., Any], data_folder: Path, tmp_path: Path) -> None:
    """Real recordings: those of the test part are never trained on, and one of them is said."""
    archive = data_folder / "fsdd" / "fsdd.zip"
    if not archive.is_file():
        pytest.skip(f"{archive} is not there")
    said = tmp_path / "seven.wav"
    with zipfile.ZipFile(archive) as recordings, wave.open(io.BytesIO(recordings.read(SEVEN))) as spoken:
        samples = np.frombuffer(spoken.readframes(spoken.getnframes()), "<i2")
        assert spoken.getframerate() == RATE_HZ
    said.write_bytes(wav_of(np.concatenate([np.zeros(5_600), samples])))
    started = Playground(tmp_path, str(archive))
    try:
        for page in opened_page(hearing(launch, said), started.address, permissions=["microphone"]):
            assert train_until(page, 0.1, 300) < 0.1
            say(page, 2.0)
            until(page, "document.querySelector('#answer').textContent.startsWith('7 ')")
    finally:
        started.stop()
