"""What is taken for new data."""

from __future__ import annotations

import pytest

from lamina.playground.play_run import PlayRun
from lamina.playground.settings import PageSettings, changed
from lamina.playground.sources import Sources
from lamina.playground.usual import usual_settings


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "network"),
    [("circle", "8 tanh, 8 tanh"), ("iris", "16 relu, 16 relu"), ("digits", "conv 16 relu, pool, 32 relu")],
)
def test_a_network_for_each_kind(sources: Sources, data: str, network: str) -> None:
    found = changed(PageSettings(), usual_settings(sources, data))
    assert (found.data, found.network) == (data, network)
    assert PlayRun(sources, found).measured("train")["loss"] > 0


def test_a_table_with_texts_takes_the_librarys_own(sources: Sources) -> None:
    texts = [
        "a rather long review of a film that was quite good to see",
        "one that nobody wants to see a second time at all",
    ]
    rows = "".join(f"{i}.5,{texts[i % 2]} {i},{'ab'[i % 2]}\n" for i in range(80))
    sources.upload("t.csv", f"size,review,kind\n{rows}".encode())
    assert usual_settings(sources, "upload 1")["network"] == "default"
