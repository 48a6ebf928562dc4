"""How well `lamina train` learns what character comes next, beside counts of the characters before it.

python -m benchmarks.language
python -m benchmarks.language --epochs 1                               # a quick look
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.commands import LAMINA, data_set, run
from benchmarks.report import table, tell, wait_until_quiet
from lamina.data.passages import Passages
from lamina.data.read import read

HEADINGS = ("command", "goal", "nats a character", "perplexity", "counts", "characters before", "test characters", "s")
SOURCE = "tiny_shakespeare/input.txt"
GOAL = "1.65 in 900 s"
LONGEST = 8
"""So many characters before the next one are counted, at most; how many is chosen on the validation part."""


class Counts:
    """The share of each next character after what stands before it, longer contexts mixed with shorter ones.

    p(c | h) = (n(h c) + t(h) p(c | h')) / (n(h) + t(h)) with n the count, t(h) the number of different characters seen
    after h, and h' the context without its first character; where nothing is known, all characters are equal.

    Source:
        Witten and Bell, The Zero-Frequency Problem (1991), method C, interpolated as in Chen and Goodman, An Empirical
        Study of Smoothing Techniques for Language Modeling (1998), section 2.5.
    """

    def __init__(self, text: str, before: int) -> None:
        self.before, self.characters = before, len(set(text)) + 1
        self.pairs = Counter(text[i - size : i + 1] for size in range(before + 1) for i in range(size, len(text)))
        self.total: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        for piece, count in self.pairs.items():
            self.total[piece[:-1]] += count
            self.kinds[piece[:-1]] += 1

    def chance(self, context: str, character: str) -> float:
        """p(character | context)."""
        chance = 1 / self.characters
        for size in range(self.before + 1):
            known = context[len(context) - size :]
            if size > len(context) or not self.total[known]:
                break
            kinds = self.kinds[known]
            chance = (self.pairs[known + character] + kinds * chance) / (self.total[known] + kinds)
        return chance

    def nats(self, passages: Sequence[str]) -> float:
        """The mean of -ln p over all characters of passages but the first of each, which nothing stands before."""
        chances = [self.chance(one[:place], one[place]) for one in passages for place in range(1, len(one))]
        return -sum(math.log(chance) for chance in chances) / len(chances)


def main() -> None:
    """Train, count and tell."""
    options = _options()
    path = data_set(SOURCE)
    wait_until_quiet(options.write)
    counted, before, characters = counts(path)
    print(f"counts of {before} characters before: {counted:.4f} nats", flush=True)
    epochs = ["--epochs", str(options.epochs)] if options.epochs else []
    with tempfile.TemporaryDirectory() as folder:  # with a cache of its own: the run compiles
        environment, model = {"LAMINA_CACHE": f"{folder}/cache"}, f"{folder}/shakespeare.safetensors"
        finished = run([*LAMINA, "train", str(path), "--seed", "0", *epochs, "-o", model], environment)
        record = json.loads(run([*LAMINA, "show", model, "--json"], environment).output)["record"]
    nats = next(measure["value"] for measure in record["results"] if measure["name"] == "loss")
    command = " ".join([f"lamina train $LAMINA_DATA/{SOURCE}", *epochs])
    line = (
        f"`{command}`", GOAL, f"{nats:.3f}", f"{math.exp(nats):.2f}", f"{counted:.3f}", before, f"{characters:,}",
        f"{finished.seconds:.0f}",
    )  # fmt: skip
    tell("What character comes next: tiny_shakespeare", f"{_what()}\n\n{table(HEADINGS, [line])}", options.write)


def counts(path: Path) -> tuple[float, int, int]:
    """The nats of counting on the test part, the characters before it that did best on the validation part, and how
    many characters are asked for."""
    dataset = read(path)
    passages, parts = dataset.inputs, dataset.parts
    if not isinstance(passages, Passages) or parts is None:
        raise SystemExit(f"{path} is no long text")
    rows = {name: (parts == name).nonzero()[0].tolist() for name in ("validation", "test")}
    known = passages.text[: int(passages.starts[rows["validation"][0]])]
    asked = {name: [passages.passage(row) for row in places] for name, places in rows.items()}
    found = {before: Counts(known, before).nats(asked["validation"]) for before in range(2, LONGEST + 1)}
    best = min(found, key=found.__getitem__)
    return Counts(known, best).nats(asked["test"]), best, sum(len(one) - 1 for one in asked["test"])


def _what() -> str:
    return (
        "Nats: the mean of -ln p over the characters of the last tenth, which training never saw, in passages of 128 "
        "that know nothing of what stands before them; perplexity is its exponential. Counts: how often each "
        "character came after the ones before it in the same training text, longer contexts interpolated with shorter "
        "ones (Witten and Bell), the length chosen on the validation part, measured on the same passages. Seconds: "
        "from the start of a process to its end, compiling included."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.language", description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, help="the default's where not given")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
