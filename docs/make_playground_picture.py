"""Photograph the playground with a trained spiral: python docs/make_playground_picture.py (needs '.[browser]')."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PICTURE = Path(__file__).parent / "images" / "playground.png"
WIDTH, HEIGHT = 1400, 830
LONGEST_SECONDS = 120


def photograph(page: Page, address: str, path: Path) -> None:
    """Train the spiral by the page's own button until few test examples are wrong, then look at one neuron."""
    page.goto(address)
    page.wait_for_selector("body[data-step]")
    page.click("#run")
    for _ in range(10 * LONGEST_SECONDS):
        page.wait_for_timeout(100)
        error = page.inner_text("#test-error")
        if error.endswith("%") and float(error.strip("<% ")) < 1.5:
            break
    page.click("#run")
    page.wait_for_selector("body:not([data-running])")
    page.screenshot(path=path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        words = [sys.executable, "-m", "lamina", "play", "--no-browser", "--port", "0"]
        server = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            line = server.stdout.readline() if server.stdout is not None else ""
            address = re.findall(r"http://\S+", line)[0]
            chromium = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            shown = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
            photograph(shown, address, PICTURE)
            chromium.close()
        finally:
            server.terminate()
            server.wait()
