"""Intervals and tests: against closed forms, brute force, other implementations, and their own promises."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from mnist_interp.methods import statistics

RNG = np.random.default_rng


def test_the_interval_covers_the_mean_about_as_often_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "RESAMPLES", 999)
    generator = RNG(0)
    draws = [generator.gamma(4.0, size=24) for _ in range(400)]  # skewed, of mean 4
    found = np.array([statistics.interval(effects) for effects in draws])
    covered = ((found[:, 0] < 4) & (found[:, 1] > 4)).mean()
    assert 0.89 < covered < 0.97


def test_the_interval_is_near_students_for_normal_effects() -> None:
    for seed in range(5):
        effects = RNG(seed).normal(2.0, 0.5, size=40)
        found = statistics.interval(effects)
        student = stats.t.interval(0.95, 39, effects.mean(), stats.sem(effects))
        np.testing.assert_allclose(found, student, atol=0.15 * np.ptp(student))


def test_the_interval_moves_and_scales_with_the_effects_and_repeats() -> None:
    effects = RNG(1).normal(size=12)
    low, high = statistics.interval(effects)
    np.testing.assert_allclose(statistics.interval(10 + 2 * effects), (10 + 2 * low, 10 + 2 * high), rtol=1e-3)
    assert statistics.interval(effects) == (low, high)
    assert statistics.interval(effects, seed=1) != (low, high)
    narrow = statistics.interval(effects, confidence=0.5)
    assert low < narrow[0] < effects.mean() < narrow[1] < high


@pytest.mark.parametrize("effects", [[0.25] * 12, [0.3, 0.3, 0.1 + 0.2], [0.0] * 3])
def test_effects_that_do_not_differ_have_an_interval_of_no_width(effects: list[float]) -> None:
    low, high = statistics.interval(np.array(effects))
    assert low == pytest.approx(high)
    assert low == pytest.approx(effects[0])


@pytest.mark.parametrize("effects", [[1.0, 2.0, 4.0], [0.0] * 23 + [1.0], [1.0, 2.0]])
def test_few_or_lumpy_effects_have_a_finite_interval_about_the_mean(effects: list[float]) -> None:
    low, high = statistics.interval(np.array(effects))
    assert min(effects) <= low <= np.mean(effects) <= high <= max(effects)


@pytest.mark.parametrize("direction", ["greater", "less"])
@pytest.mark.parametrize("seed", range(4))
def test_sign_flip_counts_every_pattern_of_signs(seed: int, direction: statistics.Direction) -> None:
    effects = RNG(seed).normal(0.4, 1.0, size=9).round(1)  # rounded: ties happen
    shifted = effects - 0.1
    means = [np.mean(np.array(signs) * shifted) for signs in product((1, -1), repeat=9)]
    side = 1 if direction == "greater" else -1
    expected = np.mean([side * mean >= side * shifted.mean() - 1e-12 for mean in means])
    assert statistics.sign_flip(effects, beyond=0.1, direction=direction) == pytest.approx(expected)


def test_sign_flip_of_many_seeds_is_near_students_and_repeats() -> None:
    effects = RNG(3).normal(0.3, 1.0, size=24)
    found = statistics.sign_flip(effects, beyond=0.0, direction="greater")
    assert found == pytest.approx(stats.ttest_1samp(effects, 0, alternative="greater").pvalue, abs=0.015)
    assert statistics.sign_flip(effects, beyond=0.0, direction="greater") == found
    assert statistics.sign_flip(-effects, beyond=0.0, direction="less") == pytest.approx(found, abs=0.015)


def test_sign_flip_is_about_the_smallest_effect_that_matters() -> None:
    effects = np.full(12, 0.2) + RNG(0).normal(0, 0.01, 12)
    assert statistics.sign_flip(effects, beyond=0.1, direction="greater") == pytest.approx(2**-12)
    assert statistics.sign_flip(effects, beyond=0.3, direction="greater") == 1
    assert statistics.sign_flip(effects, beyond=0.3, direction="less") == pytest.approx(2**-12)


def test_sign_flip_rejects_a_true_null_as_often_as_it_says() -> None:
    generator = RNG(5)
    p_values = [
        statistics.sign_flip(generator.normal(0.5, 1, size=8), beyond=0.5, direction="greater") for _ in range(400)
    ]
    assert 0.02 < np.mean(np.array(p_values) <= 0.05) < 0.08


def test_holm_by_hand() -> None:
    # Sorted .01, .02, .03, .04 times 4, 3, 2, 1, never falling, never above 1; given back in the order asked.
    assert statistics.holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert statistics.holm([0.5, 0.9]) == [1.0, 1.0]
    assert statistics.holm([0.04]) == [0.04]
    assert statistics.holm([]) == []


@pytest.mark.parametrize(("hits", "total"), [(0, 10), (7, 10), (9_480, 10_000), (10, 10)])
def test_wilson_in_closed_form(hits: int, total: int) -> None:
    z, share = 1.959963984540054, hits / total
    center = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    assert statistics.wilson(hits, total) == pytest.approx((center - half, center + half))


@pytest.mark.parametrize("effects", [[1.0], [], [1.0, np.nan], [1.0, np.inf], [[1.0, 2.0]], 3.0])
def test_what_are_no_effects_is_refused(effects: object) -> None:
    with pytest.raises(ValueError, match="expected one finite number a seed, for two seeds or more"):
        statistics.interval(effects)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected one finite number a seed, for two seeds or more"):
        statistics.sign_flip(effects, beyond=0.0, direction="greater")  # type: ignore[arg-type]
