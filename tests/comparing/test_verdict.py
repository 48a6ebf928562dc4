"""Verdicts from results that were made up, and intervals against their formula."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from lamina.comparing.plan import GUESSING, NETWORK, Contestant
from lamina.comparing.verdict import best_rival, compared_at, conclude, curve, difference, verdict
from tests.comparing.made import FLOWERS, found, result

NET, TREE, FOREST = Contestant(NETWORK), Contestant("decision tree"), Contestant("random forest")


def test_the_interval_where_each_seed_draws_a_test_part() -> None:
    first = [result("a", 100.0, seed, error) for seed, error in enumerate((0.1, 0.2, 0.4))]
    second = [result("b", 100.0, seed, error) for seed, error in enumerate((0.2, 0.2, 0.1))]
    apart = np.array([-0.1, 0.0, 0.3])
    half = stats.t.ppf(0.975, 2) * math.sqrt(apart.var(ddof=1) * (1 / 3 + 50 / 400))
    told = difference(first, second, drawn=True)
    assert told is not None
    assert (told.mean, told.low, told.high) == pytest.approx((apart.mean(), apart.mean() - half, apart.mean() + half))
    assert not told.certain


def test_the_interval_where_all_have_one_test_part() -> None:
    first = [result("a", 100.0, seed, error) for seed, error in enumerate((0.1, 0.12))]
    second = [result("b", 50.0, seed, error) for seed, error in enumerate((0.2, 0.2))]
    apart = np.array([-0.1, -0.08])
    half = stats.t.ppf(0.975, 1) * math.sqrt(apart.var(ddof=1) / 2 + 2 * 0.3**2 / 50)
    told = difference(first, second, drawn=False)
    assert told is not None
    assert told.high - told.mean == pytest.approx(half)


def test_only_common_seeds_are_compared() -> None:
    first = [result("a", 100.0, seed, 0.1 * seed) for seed in (0, 1, 2)]
    second = [result("b", 100.0, seed, 0.1 * seed + 0.05) for seed in (1, 2, 3)]
    told = difference(first, second, drawn=True)
    assert told is not None
    half = stats.norm.ppf(0.975) * math.sqrt((0.05 - 0.05**2) / 50 * (1 / 2 + 50 / 400))
    assert (told.mean, told.low, told.high) == pytest.approx((-0.05, -0.05 - half, -0.05 + half))
    assert difference(first[:1], second, drawn=True) is None


@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize("measure", ["error", "1 - adjusted Rand index", "mean absolute error"])
def test_seeds_that_happen_to_agree_leave_noise(measure: str, drawn: bool) -> None:
    """Two seeds, and both times one example of thirty more is wrong: that is no proof."""
    first = [result("a", 100.0, seed, 2 / 30, tested=30) for seed in (0, 1)]
    second = [result("b", 100.0, seed, 1 / 30, tested=30) for seed in (0, 1)]
    deviation = 0.0 if "Rand" in measure else 0.9
    first, second = ([replace(one, deviation=deviation) for one in part] for part in (first, second))
    told = difference(first, second, drawn, measure)
    assert told is not None
    assert told.low < 0 < told.mean < told.high
    same = difference(first, first, drawn, measure)
    assert same is not None
    assert same.low < 0 < same.high


def test_numbers_have_no_less_noise_than_their_deviations_differ() -> None:
    first, second = (
        [replace(result("a", 100.0, seed, error), deviation=deviation) for seed in (0, 1)]
        for error, deviation in ((5.0, 20.0), (3.0, 12.0))
    )
    told = difference(first, second, True, "mean absolute error")
    assert told is not None
    assert told.high - told.mean == pytest.approx(stats.norm.ppf(0.975) * 8 * math.sqrt((1 / 2 + 50 / 400) / 50))


def test_two_seeds_with_small_test_parts_are_seldom_wrong() -> None:
    """Shares of thirty examples often agree by chance; two who are equally good are told apart in 5 of 100 at most."""
    chance, outside = np.random.default_rng(0), 0
    for _ in range(2000):
        errors = chance.binomial(30, 0.2, (2, 2)) / 30
        first, second = (
            [result("a", 100.0, seed, error, tested=30) for seed, error in enumerate(one)] for one in errors
        )
        told = difference(first, second, drawn=True)
        assert told is not None
        outside += told.certain
    assert outside / 2000 <= 0.05


def test_the_interval_holds_what_it_says() -> None:
    """Pairs without any difference, each from the whole: 0 lies outside in no more than 5 of 100 cases."""
    chance, outside = np.random.default_rng(0), 0
    for _ in range(400):
        errors = chance.normal(0.2, 0.02, (2, 5))
        first, second = ([result("a", 100.0, seed, error) for seed, error in enumerate(one)] for one in errors)
        told = difference(first, second, drawn=True)
        assert told is not None
        outside += told.certain
    assert outside / 400 <= 0.05


def test_what_is_ahead_beyond_the_noise() -> None:
    told = verdict(found(FLOWERS))
    assert told.startswith(
        "more data would still help the network (from 50 to 100 % of the data its error went down by 10.0"
    )
    assert "the network is ahead of random forest by 4.8 points, beyond the noise (95 % interval" in told
    assert "guessing" not in told


def test_whoever_is_ahead_is_named() -> None:
    better = {**FLOWERS, "decision tree": {100.0: (0.05, 0.06, 0.06)}}
    assert "decision tree is ahead of the network by 5.3 points, beyond the noise" in verdict(found(better))


def test_what_cannot_be_told_apart() -> None:
    even = {NETWORK: {100.0: (0.1, 0.2, 0.3)}, "decision tree": {100.0: (0.2, 0.1, 0.27)}}
    told = verdict(found(even))
    assert "decision tree and the network cannot be told apart (decision tree is ahead by 1.0 points, within" in told
    assert "whether more data would help the network is not known: that needs two amounts" in told
    same = {NETWORK: {100.0: (0.1, 0.2, 0.3)}, "decision tree": {100.0: (0.1, 0.2, 0.3)}}
    assert "the network and decision tree are even (95 % interval -2.7 to 2.7)" in verdict(found(same))


def test_a_curve_that_rises_and_one_that_is_open() -> None:
    worse = {**FLOWERS, NETWORK: {50.0: (0.1, 0.1, 0.1), 100.0: (0.2, 0.21, 0.2)}}
    assert verdict(found(worse)).startswith(
        "more data did not help the network (from 50 to 100 % of the data its error went up"
    )
    unsure = {**FLOWERS, NETWORK: {50.0: (0.1, 0.3, 0.2), 100.0: (0.2, 0.1, 0.2)}}
    assert verdict(found(unsure)).startswith("whether more data would help the network is open (")


def test_no_better_than_guessing() -> None:
    hopeless = {**FLOWERS, NETWORK: {100.0: (0.6, 0.7, 0.65)}}
    assert "the network is no better than guessing" in verdict(found(hopeless))


def test_one_seed_tells_nothing_of_the_noise() -> None:
    single = {NETWORK: {100.0: (0.1,)}, GUESSING: {100.0: (0.6,)}, "decision tree": {100.0: (0.2,)}}
    told = verdict(found(single, seeds=1))
    assert (
        "the network is ahead of decision tree by 10.0 points with fewer than two common seeds, which tells nothing "
        "about the noise" in told
    )


def test_rivals_are_ranked_by_the_seeds_that_they_share_with_the_network() -> None:
    """The second seed is a hard one: who was run with the first alone has the lower mean, and is the worse one."""
    part = {
        NETWORK: {100.0: (0.10, 0.30, 0.31)},
        "decision tree": {100.0: (0.16,)},
        "random forest": {100.0: (0.12, 0.33, 0.30)},
    }
    assert best_rival(found(part), 100.0) == FOREST
    assert "random forest" in verdict(found(part))


def test_several_seeds_but_no_two_common_ones() -> None:
    made = found({NETWORK: {100.0: (0.10, 0.20, 0.30)}, "decision tree": {100.0: (0.9, 0.9, 0.25)}})
    only = tuple(one for one in made.results if one.name == NETWORK or one.seed == 2)
    told = verdict(replace(made, results=only))
    assert (
        "decision tree is ahead of the network by 5.0 points with fewer than two common seeds, which tells nothing"
        in told
    )
    none = tuple(one for one in made.results if (one.name == NETWORK) == (one.seed == 0))
    assert verdict(replace(made, results=none)).startswith("nothing can be said: there is no amount of data with")
    assert compared_at(replace(made, results=none)) is None


def test_numbers_are_told_in_their_unit() -> None:
    prices = {
        NETWORK: {50.0: (900.0, 910.0), 100.0: (800.0, 805.0)},
        "SVM": {50.0: (999.0, 989.0), 100.0: (850.0, 850.5)},
    }
    told = verdict(found(prices, measure="mean absolute error", seeds=2))
    assert "the network is ahead of SVM by 47.75" in told
    assert "points" not in told


def test_where_the_network_did_not_come_to_the_end() -> None:
    slow = {**FLOWERS, NETWORK: {50.0: (0.20, 0.22, 0.21)}}
    assert compared_at(found(slow)) == 50.0
    assert verdict(found(slow)).endswith("(with 50 % of the data, the most that both could learn from)")
    assert verdict(found({NETWORK: {100.0: (0.2,)}})).startswith("nothing can be said")


def test_the_best_rival_is_no_guess_and_not_the_network() -> None:
    assert best_rival(found(FLOWERS), 100.0) == FOREST
    assert best_rival(found(FLOWERS), 50.0) == FOREST
    assert best_rival(found(FLOWERS), 100.0, least=4) is None


def test_curves_end_in_words() -> None:
    told = {str(who): curve(found(FLOWERS), who).word for who in (NET, TREE, FOREST)}
    assert told == {"network": "still falls", "decision tree": "open", "random forest": "still falls"}
    assert curve(found({NETWORK: {100.0: (0.2, 0.3)}}), NET).word == "unknown"


def test_what_is_concluded_is_plain() -> None:
    told = conclude(found(FLOWERS))
    network = told["curves"][0]
    assert network["means"] == pytest.approx([0.21, 0.11])
    assert network["deviations"] == pytest.approx([0.01, 0.01])
    assert network["rows"] == [200, 400]
    assert network["ends"] == "still falls"
