"""The page's files by themselves: what they may not do, that they fit together, their own tests and types."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lamina.playground.settings import PageSettings
from lamina.playground.telling import settings_of

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "src" / "lamina" / "playground" / "page"
MODULES = sorted(PAGE.glob("*.js"))
MAX_LINES, MAX_LINE = 300, 140
ALONE = {"microphone_worklet.js"}
"""Loaded by the browser's audio thread, not imported."""

MARKUP = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|setHTML"
CODE = r"\beval\(|new Function\(|import\((?!\")|setTimeout\(\s*[\"'`]"
ELSEWHERE = r"(?:https?|wss?|ftp):(?=//)(?!//www\.w3\.org/(?:2000/svg|1999/xlink))"
PAIRS = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
COOKIES = r"localStorage|sessionStorage|document\.cookie|indexedDB"


def imports(path: Path) -> list[str]:
    """The modules that a module imports."""
    return re.findall(r"^import (?:[^\"]*? from )?\"\./([\w.]+)\"", path.read_text(encoding="utf-8"), re.MULTILINE)


class Tags(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep one."""
        self.found.append((tag, dict(attrs)))


def tags() -> list[tuple[str, dict[str, str | None]]]:
    reader = Tags()
    reader.feed((PAGE / "index.html").read_text(encoding="utf-8"))
    return reader.found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
@pytest.mark.parametrize("pattern", [MARKUP, CODE, ELSEWHERE, COOKIES], ids=["markup", "code", "hosts", "storage"])
def test_a_module_makes_no_markup_runs_no_text_and_asks_no_other_host(path: Path, pattern: str) -> None:
    assert re.findall(pattern, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MARKUP, "place.innerHTML = name"),
        (CODE, "setTimeout('run()', 5)"),
        (ELSEWHERE, 'import "https://example.org/a.js"'),
        (COOKIES, "localStorage.token = token"),
    ],
)
def test_what_a_module_may_not_do_is_seen(pattern: str, text: str) -> None:
    assert len(re.findall(pattern, text)) == 1


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_LINES
    assert [number for number, line in enumerate(lines, 1) if len(line) > MAX_LINE] == []
    assert lines[0] == "/**"
    assert lines[1].startswith(" * ")


def test_every_import_exists_every_module_is_used_and_none_needs_itself() -> None:
    graph = {path.name: set(imports(path)) for path in MODULES}
    assert {name for names in graph.values() for name in names} | {"main.js"} | ALONE == set(graph)
    reached: dict[str, set[str]] = {}
    for start in graph:
        seen, open_ = set(), list(graph[start])
        while open_:
            name = open_.pop()
            if name not in seen:
                seen.add(name)
                open_.extend(graph[name])
        reached[start] = seen
    assert [name for name, seen in reached.items() if name in seen] == []
    assert reached["main.js"] | {"main.js"} | ALONE == set(graph)


def test_the_page_has_no_script_or_style_within_it() -> None:
    """What a Content-Security-Policy of default-src 'self' forbids."""
    found = tags()
    assert [tag for tag, _ in found if tag == "style"] == []
    assert [
        attributes for _, attributes in found if any(name == "style" or name.startswith("on") for name in attributes)
    ] == []
    assert [attributes.get("src") for tag, attributes in found if tag == "script"] == ["page/main.js"]


def test_everything_that_the_page_loads_is_in_its_folder() -> None:
    loaded = [
        value
        for _, attributes in tags()
        for name, value in attributes.items()
        if name in ("src", "href") and value is not None and not value.startswith("#")
    ]
    assert len(loaded) == 3
    assert [value for value in loaded if not (PAGE.parent / value).is_file()] == []
    style = (PAGE / "style.css").read_text(encoding="utf-8")
    assert re.findall(r"@import|url\(", style) == []


def test_every_control_of_the_page_has_a_name_and_every_id_is_there_once() -> None:
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    assert [
        inner for inner in re.findall(r"<button[^>]*>(.*?)</button>", text) if not re.sub(r"<[^>]*>", "", inner)
    ] == []
    named = [attributes for tag, attributes in tags() if tag in ("select", "input", "textarea")]
    assert [attributes for attributes in named if not attributes.get("aria-label")] == []
    ids = [attributes["id"] for _, attributes in tags() if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {name for path in MODULES for name in re.findall(r"found\(\"([\w-]+)\"", path.read_text(encoding="utf-8"))}
    assert wanted - set(ids) == set()


def contrast(first: str, second: str) -> float:
    """The contrast of two colors as WCAG 2 defines it, from 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb."""
    shares = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_that_of_the_definition() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_text_is_readable_in_both_looks(look: str) -> None:
    style = (PAGE / "style.css").read_text(encoding="utf-8")
    place = ("light", "dark").index(look)
    colors = {name: pair[place] for name, *pair in PAIRS.findall(style)}
    for ink in ("ink", "quiet", "mark", "wrong"):
        for ground in ("paper", "ground"):
            assert contrast(colors[ink], colors[ground]) >= 4.5, (ink, ground)
    assert contrast(colors["on-mark"], colors["mark"]) >= 4.5
    assert contrast(colors["ink"], colors["mark-soft"]) >= 4.5
    for line in ("positive", "negative", "strong-line"):
        assert contrast(colors[line], colors["paper"]) >= 3, line


def test_every_color_stands_once_for_light_and_for_dark() -> None:
    style = (PAGE / "style.css").read_text(encoding="utf-8")
    names = [name for name, _, _ in PAIRS.findall(style)]
    assert len(names) == len(set(names)) >= 12
    assert re.findall(r"--[\w-]+: #", style) == [], "a color without its dark one"
    assert "prefers-color-scheme" not in style
    for look in ("light", "dark"):
        assert f':root[data-look="{look}"] {{ color-scheme: {look} }}' in style


def test_a_link_leaves_out_what_the_server_takes_anyway() -> None:
    """The usual settings stand in the page once more, for the address: they must be the server's."""
    code = "import('./address.js').then((found) => console.log(JSON.stringify(found.USUAL)))"
    done = subprocess.run(
        [node(), "--input-type=module", "-e", code.replace("./", f"{PAGE.as_uri()}/")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == settings_of(PageSettings())


def test_a_folder_becomes_an_archive_that_others_read(tmp_path: Path) -> None:
    script = (
        f'import {{ zipped }} from "{PAGE.as_uri()}/zip_file.js";'
        'import { writeFileSync } from "node:fs";'
        "const bytes = Uint8Array.from({ length: 70000 }, (_, place) => place % 251);"
        'const files = [{ name: "a/ä b.bin", bytes }, { name: "empty", bytes: new Uint8Array(0) }];'
        f"writeFileSync({json.dumps(str(tmp_path / 'a.zip'))}, Buffer.concat(zipped(files)));"
    )
    subprocess.run([node(), "--input-type=module", "-e", script], check=True, timeout=60)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a/ä b.bin", "empty"]
        assert archive.read("a/ä b.bin") == bytes(place % 251 for place in range(70_000))


def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed: it runs the page's own tests")
    return found


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=300, check=False, env=environment)


@pytest.mark.slow
def test_the_modules_own_tests_pass() -> None:
    done = run([node(), "--test", *sorted(str(path) for path in HERE.glob("*.test.js"))])
    assert done.returncode == 0, done.stdout[-4000:]
    assert "# fail 0" in done.stdout or "fail 0" in done.stdout


@pytest.mark.slow
def test_the_types_fit() -> None:
    compiler = HERE / "node_modules" / "typescript" / "lib" / "tsc.js"
    if not compiler.is_file():
        pytest.skip("TypeScript is not installed: npm install --no-package-lock in tests/playground_page brings it")
    done = run([node(), str(compiler), "--project", "tsconfig.json"])
    assert done.returncode == 0, done.stdout[-6000:]
